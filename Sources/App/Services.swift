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
  package let metrics: PrometheusMetrics
  package let jiraOrganizations: OrganizationStore
  package let jiraClients: JiraClients
  package let sentryOrganizations: OrganizationStore
  package let sentryClients: SentryClients
  package let jiraConnectionTest: any ConnectionTest
  package let sentryConnectionTest: any ConnectionTest
  let syncMemories: SyncMemoryStore
  package let syncRuns: SyncRunService
  package let tokens: TokenService
  package let diagnosis: DiagnosisStore
  let secrets: SecretBox
  let sites: SiteIdentityFinder
  let authenticator: Authenticator
  let attempts: FailedAttempts
  let products: ProductStore
  let assignments: ProjectAssignmentStore
  let jiraProjects: JiraProjectStore
  let jiraIssues: JiraIssueStore
  let jiraIssueService: JiraIssueService
  let sentryProjects: SentryProjectStore
  let sentryIssues: SentryIssueStore
  let sentryIssueService: SentryIssueService
  let links: LinkStore
  let linkSync: LinkSync
  let backlinks: Backlinks
  let backlinkRemoval: BacklinkRemoval
  package let webhookDiagnosis: WebhookDiagnosis
  let statusMappings: StatusMappingStore
  let mappingNames: MappingNameCheck
  let vendorWrites: VendorWriteStore
  let tickets: TicketService
  let createMetadata: CreateMetadata
  let projectDefaults: ProjectDefaults
  let health: HealthService
  let retention: RetentionStore
  let ticketBatches: TicketBatchStore
  let deferredIndexes: DeferredIndexes
  let webhooks: WebhookRoutes
  let deliveryStore: DeliveryStore
  let deliveries: DeliveryService
  package let reconciliation: Reconciliation
  let linkDiscovery: LinkDiscovery
  let linkDecisions: LinkDecisions

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
    metrics = PrometheusMetrics()
    let budgets = VendorBudgetStore(pool: pool)
    diagnosis = DiagnosisStore(pool: pool)
    secrets = try SecretBox(key: secretKey)
    let tokenStore = APITokenStore(pool: pool)
    tokens = TokenService(store: tokenStore)
    authenticator = Authenticator(
      tokens: tokenStore, sessions: SessionStore(pool: pool),
      bootstrapToken: configuration.adminToken, logger: logger)
    attempts = FailedAttempts(
      limit: configuration.failuresPerMinute, proxies: configuration.trustedProxies,
      metrics: metrics, logger: logger)
    products = ProductStore(pool: pool)
    health = HealthService(
      store: HealthStore(pool: pool), weights: configuration.healthWeights)
    assignments = ProjectAssignmentStore(pool: pool)
    retention = RetentionStore(pool: pool, retention: configuration.retention)

    jiraOrganizations = OrganizationStore(.jira, pool: pool, publicURL: publicURL)
    jiraProjects = JiraProjectStore(pool: pool)
    jiraIssues = JiraIssueStore(pool: pool)
    jiraClients = JiraClients(
      secrets: secrets, transport: transport, timeout: configuration.vendorTimeout,
      budgets: budgets, metrics: metrics)
    jiraIssueService = JiraIssueService(
      issues: jiraIssues, projects: jiraProjects, organizations: jiraOrganizations,
      clients: jiraClients)

    sentryOrganizations = OrganizationStore(.sentry, pool: pool, publicURL: publicURL)
    let connections = Connections(
      jira: jiraOrganizations, sentry: sentryOrganizations, transport: transport)
    sites = SiteIdentityFinder(transport: transport, timeout: configuration.vendorTimeout)
    jiraConnectionTest = JiraConnectionTest(connections: connections, clients: jiraClients)
    sentryProjects = SentryProjectStore(pool: pool)
    sentryIssues = SentryIssueStore(pool: pool)
    sentryClients = SentryClients(
      secrets: secrets, transport: transport, timeout: configuration.vendorTimeout,
      budgets: budgets, metrics: metrics)
    let sentryRefresh = SentryRefresh(
      organizations: sentryOrganizations, projects: sentryProjects, issues: sentryIssues,
      clients: sentryClients)
    let merges = MergedIssueStore(pool: pool)
    sentryIssueService = SentryIssueService(
      issues: sentryIssues, organizations: sentryOrganizations, clients: sentryClients,
      refresh: sentryRefresh, merges: merges)
    sentryConnectionTest = SentryConnectionTest(connections: connections, clients: sentryClients)

    let readings = SyncReadingStore(pool: pool.bulk)
    let memories = SyncMemoryStore(pool: pool)
    syncMemories = memories
    deferredIndexes = DeferredIndexes(
      store: DeferredIndexStore(pool: pool),
      fewestIssues: configuration.fewestIssuesToDeferIndexes, logger: logger)
    syncRuns = SyncRunService(
      runs: SyncRunStore(pool: pool, jobs: jobs),
      jiraSync: JiraSync(
        organizations: jiraOrganizations, connections: connections,
        projects: JiraProjectStore(pool: pool.bulk),
        issues: JiraIssueStore(pool: pool.bulk), readings: readings, memories: memories,
        indexes: deferredIndexes, clients: jiraClients, logger: logger),
      sentrySync: SentrySync(
        organizations: sentryOrganizations, connections: connections,
        projects: SentryProjectStore(pool: pool.bulk),
        issues: SentryIssueStore(pool: pool.bulk), readings: readings, memories: memories,
        merges: merges, clients: sentryClients),
      feed: SyncRunFeed(pool: pool), metrics: metrics, logger: logger)
    links = LinkStore(pool: pool, jobs: jobs)
    ticketBatches = TicketBatchStore(pool: pool, jobs: jobs)
    createMetadata = CreateMetadata()
    projectDefaults = ProjectDefaults(
      projects: jiraProjects, organizations: jiraOrganizations, clients: jiraClients,
      metadata: createMetadata, logger: logger)
    tickets = TicketService(
      links: links, sentryIssues: sentryIssues, sentryOrganizations: sentryOrganizations,
      sentryClients: sentryClients, jiraProjects: jiraProjects,
      jiraOrganizations: jiraOrganizations, jiraClients: jiraClients,
      createMetadata: createMetadata, logger: logger)
    statusMappings = StatusMappingStore(pool: pool)
    mappingNames = MappingNameCheck(
      projects: jiraProjects, organizations: jiraOrganizations, clients: jiraClients)
    vendorWrites = VendorWriteStore(pool: pool)
    let finder = LinkEndsFinder(
      links: links, sentryIssues: sentryIssues, sentryOrganizations: sentryOrganizations,
      sentryClients: sentryClients, jiraProjects: jiraProjects,
      jiraOrganizations: jiraOrganizations, jiraClients: jiraClients)
    let installations = SentryInstallations(pool: pool)
    backlinks = Backlinks(
      finder: finder, links: links, jiraIssues: jiraIssues, installations: installations)
    backlinkRemoval = BacklinkRemoval(
      links: links, installations: installations, sentryOrganizations: sentryOrganizations,
      sentryClients: sentryClients, jiraIssues: jiraIssues, jiraOrganizations: jiraOrganizations,
      jiraClients: jiraClients)
    webhookDiagnosis = WebhookDiagnosis(pool: pool, publicURL: publicURL)
    linkSync = LinkSync(
      links: links, finder: finder,
      mappings: statusMappings, writes: vendorWrites,
      mover: TicketMover(writes: vendorWrites, workflows: WorkflowStore(pool: pool)),
      tickets: tickets, jiraIssues: jiraIssues,
      issues: LinkedIssueReading(refresh: sentryRefresh, merges: merges, links: links))

    let jiraRefresh = JiraRefresh(
      organizations: jiraOrganizations, projects: jiraProjects, issues: jiraIssues,
      clients: jiraClients, logger: logger)
    deliveryStore = DeliveryStore(pool: pool, jobs: jobs)
    webhooks = WebhookRoutes(
      secrets: WebhookSecretStore(pool: pool, secrets: secrets),
      intake: DeliveryIntake(store: deliveryStore, logger: logger),
      refusals: WebhookRefusals(pool: pool, logger: logger), attempts: attempts)
    deliveries = DeliveryService(
      store: deliveryStore, jira: jiraRefresh, sentry: sentryRefresh, writes: vendorWrites,
      merges: merges, news: DeliveryNewsStore(pool: pool))
    let discovered = LinkDiscoveryStore(pool: pool)
    linkDiscovery = LinkDiscovery(
      store: discovered, readings: RemoteLinkStore(pool: pool),
      recorded: RecordedTickets(
        store: discovered, organizations: sentryOrganizations, clients: sentryClients,
        logger: logger),
      organizations: jiraOrganizations, clients: jiraClients, logger: logger)
    linkDecisions = LinkDecisions(
      links: links, jira: jiraRefresh, sentry: sentryRefresh, logger: logger)
    reconciliation = Reconciliation(
      store: ReconciliationStore(pool: pool, jobs: jobs), jira: jiraRefresh, sentry: sentryRefresh,
      merges: merges, links: links, linkSync: linkSync, logger: logger)
  }
}
