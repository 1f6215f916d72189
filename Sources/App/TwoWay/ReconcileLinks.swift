import JobQueue

/// The job of the drift check: without a run it stores one, whose own job does it.
struct ReconcileLinks: JobKind {
  static let kind = "reconcile_links"
  static let interval: Duration = .seconds(15 * 60)
  static let longest: Duration = .seconds(2 * 3600)

  var runID: Int64?

  func perform(_ services: Services) async throws {
    if let runID { return try await services.reconciliation.perform(runID) }
    guard try await services.reconciliation.store.hasLinks() else { return }
    do {
      _ = try await Actor.$current.withValue(Actor(name: Reconciliation.name, cause: .schedule)) {
        try await services.reconciliation.start(trigger: "schedule")
      }
    } catch let problem as Problem where problem.status == 409 {
      // One that somebody asked for is as good.
      return
    }
  }
}
