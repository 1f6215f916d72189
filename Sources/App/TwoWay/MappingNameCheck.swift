import JiraClient
import RESTClient

/// Asks Jira whether it has the statuses and resolutions that a mapping names. Jira is asked at once
/// and nothing is kept, so that a status made a minute ago is known; a site that is down refuses
/// nothing.
struct MappingNameCheck: Sendable {
  /// How long all of Jira has to answer.
  static let patience: Duration = .seconds(10)
  /// Most projects that are asked one by one; of more, their sites are asked for all statuses.
  static let mostProjects = 20

  let projects: JiraProjectStore
  let organizations: OrganizationStore
  let clients: JiraClients

  private struct Overdue: Error {}

  /// - Returns: what is worth knowing of names that are taken, and what Jira was asked.
  /// - Throws: a 422 that points to each name that Jira does not have and lists those it has.
  func check(_ names: [MappingName], _ scope: MappingScope) async throws -> (
    warnings: [String], sources: [NameSource]
  ) {
    guard !names.isEmpty else { return ([], []) }
    let (projects, sites) = try await places(scope)
    let ways = readings(projects, sites, kinds: Set(names.map(\.kind)))
    let sources = try await withThrowingTaskGroup(of: (Int, NameSource).self) { group in
      for (place, way) in ways.enumerated() {
        group.addTask { (place, try await source(way)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    let (refusals, warnings) = MappingName.judge(names, sources)
    guard refusals.isEmpty else { throw Problem.invalid(refusals) }
    return (warnings, sources)
  }

  /// One question to Jira.
  private struct Reading: Sendable {
    var kind: MappingName.Kind
    var title: String
    var site: Organization
    var ask: @Sendable (JiraClient) async throws -> [StatusMapping.JiraName]
  }

  /// The projects to ask one by one, and the sites of all that the mapping holds for.
  private func places(_ scope: MappingScope) async throws -> ([StoredJiraProject], [Organization]) {
    let all = try await organizations.organizations(named: nil)
    var members: [StoredJiraProject] = []
    if let id = scope.productID {
      members = try await projects.projects(product: id)
    } else if let id = scope.jiraProjectID {
      members = [try await projects.project(id)]
    } else {
      return ([], all)
    }
    let ids = Set(members.map(\.organizationID))
    return (members.count > Self.mostProjects ? [] : members, all.filter { ids.contains($0.id) })
  }

  private func readings(
    _ projects: [StoredJiraProject], _ sites: [Organization], kinds: Set<MappingName.Kind>
  ) -> [Reading] {
    var readings: [Reading] = []
    if kinds.contains(.status) {
      for project in projects {
        guard let site = sites.first(where: { $0.id == project.organizationID }) else { continue }
        readings.append(
          Reading(kind: .status, title: "The Jira project \(project.key)", site: site) {
            try await $0.statuses(project: String(project.jiraID)).flatMap(\.statuses).map {
              StatusMapping.JiraName(id: $0.id, name: $0.name)
            }
          })
      }
      for site in sites where projects.isEmpty {
        readings.append(
          Reading(kind: .status, title: "The Jira site \(site.name)", site: site) {
            try await $0.statuses().map { StatusMapping.JiraName(id: $0.id, name: $0.name) }
          })
      }
    }
    guard kinds.contains(.resolution) else { return readings }
    return readings
      + sites.map { site in
        Reading(kind: .resolution, title: "The Jira site \(site.name)", site: site) {
          try await $0.resolutions().map { StatusMapping.JiraName(id: $0.id, name: $0.name) }
        }
      }
  }

  private func source(_ reading: Reading) async throws -> NameSource {
    var source = NameSource(kind: reading.kind, title: reading.title)
    do {
      let client = try clients.client(of: reading.site)
      let found = try await withThrowingTaskGroup(of: [StatusMapping.JiraName].self) { group in
        group.addTask { try await asking(.jira) { try await reading.ask(client) } }
        group.addTask {
          try await Task.sleep(for: Self.patience)
          throw Overdue()
        }
        defer { group.cancelAll() }
        return try await group.next() ?? []
      }
      (source.names, source.found) = (found.map(\.name), found)
    } catch let failure as VendorFailure {
      source.failure = failure.sentence
    } catch let problem as Problem {
      source.failure = problem.detail
    } catch is Overdue {
      source.failure = "\(reading.title) did not answer in time."
    }
    return source
  }
}
