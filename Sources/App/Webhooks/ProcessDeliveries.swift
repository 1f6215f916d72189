import JobQueue

/// Processes what an organization's webhooks delivered. One waits at most for each organization: the
/// deliveries themselves are the queue, each with its own attempts, so that a bad one holds up none.
struct ProcessDeliveries: JobKind, Hashable {
  static let kind = "process_deliveries"

  var source: WebhookSource
  var organizationID: Int64

  var uniqueKey: String { "deliveries:\(source.rawValue):\(organizationID)" }

  func options(notifies: Bool) -> JobOptions {
    JobOptions(
      priority: 1, uniqueKey: uniqueKey, uniqueUntil: .started, maxAttempts: 3,
      notifies: notifies)
  }

  func perform(_ services: Services, job: Int64) async throws {
    try await Actor.$current.withValue(Actor(name: "\(source.rawValue) webhook", cause: .webhook)) {
      try await services.deliveries.process(source, organization: organizationID, job: job)
    }
  }
}

/// Looks for deliveries that are due and nobody's.
struct SweepDeliveries: JobKind {
  static let kind = "sweep_deliveries"

  func perform(_ services: Services) async throws { try await services.deliveryStore.enqueueDue() }
}
