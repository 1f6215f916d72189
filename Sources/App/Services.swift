import Foundation
package import JobQueue
package import Logging
package import Postgres
package import RESTClient
import Reactors

/// The composition root: every service of the process, built once.
package struct Services: Sendable {
  package let configuration: Configuration
  package let logger: Logger
  package let pool: PostgresPool
  package let jobs: JobStore
  package let jiraOrganizations: JiraOrganizationStore
  package let jiraClients: JiraClients
  package let jiraConnectionTest: JiraConnectionTest
  package let sentryOrganizations: SentryOrganizationStore
  package let sentryClients: SentryClients
  package let sentryConnectionTest: SentryConnectionTest
  package let syncRuns: SyncRunService
  package let tokens: TokenService
  package let diagnosis: DiagnosisStore
  let secrets: SecretBox
  let authenticator: Authenticator
  let products: ProductStore
  let assignments: ProjectAssignmentStore
  let jiraProjects: JiraProjectStore
  let jiraIssues: JiraIssueStore
  let sentryProjects: SentryProjectStore
  let sentryIssues: SentryIssueStore
  let links: LinkStore
  let linkService: LinkService
  let tickets: TicketService

  /// - Parameters:
  ///   - secretKey: 32 bytes.
  ///   - publicURL: where clients and vendors reach the service, without a trailing slash.
  package init(
    configuration: Configuration, secretKey: [UInt8], publicURL: String, pool: PostgresPool,
    transport: any Transport, logger: Logger
  ) throws {
    self.configuration = configuration
    self.logger = logger
    self.pool = pool
    jobs = JobStore()
    diagnosis = DiagnosisStore(pool: pool)
    secrets = try SecretBox(key: secretKey)
    let tokenStore = APITokenStore(pool: pool)
    tokens = TokenService(store: tokenStore)
    authenticator = Authenticator(
      tokens: tokenStore, bootstrapToken: configuration.adminToken, logger: logger)
    products = ProductStore(pool: pool)
    assignments = ProjectAssignmentStore(pool: pool)

    jiraOrganizations = JiraOrganizationStore(pool: pool, publicURL: publicURL)
    jiraProjects = JiraProjectStore(pool: pool)
    jiraIssues = JiraIssueStore(pool: pool)
    jiraClients = JiraClients(secrets: secrets, transport: transport)
    jiraConnectionTest = JiraConnectionTest(
      organizations: jiraOrganizations, clients: jiraClients)

    sentryOrganizations = SentryOrganizationStore(pool: pool, publicURL: publicURL)
    sentryProjects = SentryProjectStore(pool: pool)
    sentryIssues = SentryIssueStore(pool: pool)
    sentryClients = SentryClients(secrets: secrets, transport: transport)
    sentryConnectionTest = SentryConnectionTest(
      organizations: sentryOrganizations, clients: sentryClients)

    syncRuns = SyncRunService(
      runs: SyncRunStore(pool: pool, jobs: jobs),
      jiraSync: JiraSync(
        organizations: jiraOrganizations, projects: jiraProjects, issues: jiraIssues,
        clients: jiraClients),
      sentrySync: SentrySync(
        organizations: sentryOrganizations, projects: sentryProjects, issues: sentryIssues,
        clients: sentryClients),
      logger: logger)
    links = LinkStore(pool: pool, jobs: jobs)
    linkService = LinkService(
      links: links, sentryIssues: sentryIssues, sentryOrganizations: sentryOrganizations,
      sentryClients: sentryClients, jiraIssues: jiraIssues, jiraProjects: jiraProjects,
      jiraOrganizations: jiraOrganizations, jiraClients: jiraClients)
    tickets = TicketService(
      links: links, sentryIssues: sentryIssues, sentryOrganizations: sentryOrganizations,
      sentryClients: sentryClients, jiraProjects: jiraProjects,
      jiraOrganizations: jiraOrganizations, jiraClients: jiraClients, logger: logger)
  }
}
