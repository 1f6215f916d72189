import HTTPServer

/// Every route of the service, one line a room.
enum Routes {
  static func router(_ services: Services) -> Router {
    var routes = RouteTable(authenticator: services.authenticator)
    HealthRoutes(pool: services.pool, configuration: services.configuration).register(in: &routes)
    ProductRoutes(store: services.products).register(in: &routes)
    ProjectAssignmentRoutes(store: services.assignments).register(in: &routes)
    JiraOrganizationRoutes(
      store: services.jiraOrganizations, connectionTest: services.jiraConnectionTest,
      syncRuns: services.syncRuns, secrets: services.secrets,
      policy: services.configuration.vendorHosts
    ).register(in: &routes)
    JiraProjectRoutes(
      store: services.jiraProjects, organizations: services.jiraOrganizations,
      clients: services.jiraClients
    ).register(in: &routes)
    JiraIssueRoutes(store: services.jiraIssues).register(in: &routes)
    SentryOrganizationRoutes(
      store: services.sentryOrganizations, connectionTest: services.sentryConnectionTest,
      syncRuns: services.syncRuns, secrets: services.secrets,
      policy: services.configuration.vendorHosts
    ).register(in: &routes)
    SentryProjectRoutes(store: services.sentryProjects).register(in: &routes)
    SentryIssueRoutes(store: services.sentryIssues).register(in: &routes)
    TicketRoutes(
      service: services.tickets, links: services.links, jiraIssues: services.jiraIssues
    ).register(in: &routes)
    LinkRoutes(store: services.links, service: services.linkService).register(in: &routes)
    SyncRunRoutes(store: services.syncRuns.runs, service: services.syncRuns)
      .register(in: &routes)
    return routes.router
  }
}
