import JobQueue

/// Every kind of job, one line each.
enum Jobs {
  /// The longest a sync of one organization may take.
  static let longestSync: Duration = .seconds(6 * 3600)

  static func registry(_ services: Services) -> JobRegistry {
    var registry = JobRegistry()
    registry.register(RunSync.self, timeout: longestSync) { job, _ in
      try await services.syncRuns.perform(job.runID)
    }
    registry.register(SettleTicket.self) { job, _ in try await job.perform(services) }
    return registry
  }
}
