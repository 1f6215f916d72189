import RESTClient

/// What a violated constraint of the schema means to a client, by the constraint's name.
enum ConstraintProblems {
  static func problem(constraint: String) -> Problem? {
    if let (pointer, detail) = invalid[constraint] { return .invalid(pointer, detail) }
    if let detail = conflicts[constraint] {
      var problem = Problem.conflict("conflict", detail)
      problem.members["constraint"] = .string(constraint)
      return problem
    }
    return nil
  }

  private static let conflicts = [
    "products_slug_unique": "Another product has this slug.",
    "products_parent_acyclic": "A product cannot be placed under itself or its own descendant.",
    "products_parent_exists":
      "The product has children, or the parent does not exist; move or delete the children first.",
    "jira_organizations_name_unique": "Another Jira organization has this name.",
    "jira_organizations_base_url_unique": "Another Jira organization has this base_url.",
    "sentry_organizations_name_unique": "Another Sentry organization has this name.",
    "sentry_organizations_base_url_slug_unique":
      "Another Sentry organization has this base_url and slug.",
    "links_pair_unique": "These two issues are linked already.",
    "links_one_ticket_a_project": "This Sentry issue has a ticket in that Jira project already.",
    "jobs_unique_key": "Another job does the same already; wait for it, or cancel it first.",
    "sync_runs_one_running_for_jira": "A sync of this organization is running already.",
    "sync_runs_one_running_for_sentry": "A sync of this organization is running already.",
  ]

  private static let invalid = [
    "products_slug_form": (
      "/slug", "Use 1 to 63 lower-case letters, digits and single hyphens, for example web-shop."
    ),
    "products_name_length": ("/name", "Must have 1 to 200 characters."),
    "jira_projects_product_exists": ("/product_id", "There is no such product."),
    "sentry_projects_product_exists": ("/product_id", "There is no such product."),
    "status_mappings_product_exists": ("/product_id", "There is no such product."),
    "status_mappings_jira_project_exists": ("/jira_project_id", "There is no such Jira project."),
    "sentry_organizations_slug_form": (
      "/slug", "Use the organization's slug as Sentry shows it, for example acme-inc."
    ),
  ]
}
