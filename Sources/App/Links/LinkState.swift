/// What a link does; the values of the constraint `links_state_known`.
enum LinkState: String, Sendable, CaseIterable {
  /// One side merely names the other: it carries nothing until a person accepts it.
  case proposed
  /// Its ticket is being created, or waits to be settled.
  case pending
  /// It carries what changes.
  case active
  /// A side is gone: it carries nothing, and stays as history.
  case broken

  static let names = allCases.map(\.rawValue)
}

/// What discovery does with pairs that one side names; the values of the constraints
/// `jira_organizations_link_discovery_known` and `sentry_organizations_link_discovery_known`.
enum LinkDiscoveryMode: String, Sendable, CaseIterable {
  case off, propose
  /// As `propose`; what Sentry's own Jira integration recorded becomes active by itself.
  case trustIntegrations = "trust_integrations"

  static let names = allCases.map(\.rawValue)
}
