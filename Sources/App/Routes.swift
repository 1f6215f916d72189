import HTTPServer

/// Every route of the service, one line a room.
enum Routes {
  static func router(_ services: Services) -> Router {
    var routes = RouteTable(
      pipeline: RequestPipeline(
        authenticator: services.authenticator, attempts: services.attempts,
        rateLimiter: RateLimiter(limit: services.configuration.requestsPerMinute),
        idempotency: Idempotency(
          store: IdempotencyStore(pool: services.pool), secrets: services.secrets)))
    ConsoleRoutes(configuration: services.configuration).register(in: &routes)
    SessionRoutes(
      authenticator: services.authenticator, attempts: services.attempts,
      isSecure: services.configuration.hasTLSFront
    ).register(in: &routes)
    HealthRoutes(
      readiness: ReadinessStore(
        pool: services.pool, migrations: services.configuration.migrationsDirectory)
    ).register(in: &routes)
    MetricsRoutes(
      metrics: services.metrics, store: MetricsStore(pool: services.pool),
      pool: PoolMetrics(pool: services.pool), authenticator: services.authenticator,
      attempts: services.attempts
    ).register(in: &routes)
    ProductRoutes(store: services.products).register(in: &routes)
    DashboardRoutes(
      store: DashboardStore(pool: services.pool), health: services.health,
      overviews: OverviewStore(pool: services.pool)
    ).register(in: &routes)
    ProjectAssignmentRoutes(store: services.assignments).register(in: &routes)
    OrganizationRoutes(
      service: OrganizationService(
        store: services.jiraOrganizations, secrets: services.secrets, sites: services.sites),
      connectionTest: services.jiraConnectionTest,
      syncRuns: services.syncRuns, secrets: services.secrets,
      policy: services.configuration.vendorHosts
    ).register(in: &routes)
    JiraProjectRoutes(
      store: services.jiraProjects, organizations: services.jiraOrganizations,
      clients: services.jiraClients, metadata: services.createMetadata,
      defaults: services.projectDefaults
    ).register(in: &routes)
    JiraIssueRoutes(store: services.jiraIssues).register(in: &routes)
    JiraIssueChangeRoutes(service: services.jiraIssueService).register(in: &routes)
    OrganizationRoutes(
      service: OrganizationService(
        store: services.sentryOrganizations, secrets: services.secrets, sites: services.sites),
      connectionTest: services.sentryConnectionTest,
      syncRuns: services.syncRuns, secrets: services.secrets,
      policy: services.configuration.vendorHosts
    ).register(in: &routes)
    SentryProjectRoutes(store: services.sentryProjects).register(in: &routes)
    SentryIssueRoutes(store: services.sentryIssues, service: services.sentryIssueService).register(
      in: &routes)
    TicketRoutes(
      service: services.tickets, links: services.links, jiraIssues: services.jiraIssues
    ).register(in: &routes)
    TicketBatchRoutes(
      store: services.ticketBatches, links: services.links, jiraIssues: services.jiraIssues
    ).register(in: &routes)
    LinkRoutes(store: services.links).register(in: &routes)
    LinkDecisionRoutes(links: services.links, decisions: services.linkDecisions)
      .register(in: &routes)
    LinkSyncRoutes(links: services.links, linkSync: services.linkSync).register(in: &routes)
    StatusMappingRoutes(store: services.statusMappings, names: services.mappingNames)
      .register(in: &routes)
    SyncRunRoutes(
      store: services.syncRuns.runs, service: services.syncRuns, feed: services.syncRuns.feed,
      authenticator: services.authenticator
    ).register(in: &routes)
    ReconciliationRoutes(reconciliation: services.reconciliation, runs: services.syncRuns)
      .register(in: &routes)
    services.webhooks.register(in: &routes)
    DeliveryRoutes(store: services.deliveryStore).register(in: &routes)
    JobRoutes(list: JobListStore(pool: services.pool, jobs: services.jobs)).register(in: &routes)
    TokenRoutes(service: services.tokens).register(in: &routes)
    AuditRoutes(store: AuditStore(pool: services.pool)).register(in: &routes)
    return routes.router
  }
}
