import JobQueue

/// The jobs that keep both vendors in step.
enum TwoWayJobs {
  /// The longest one job works on webhook deliveries; what is left is the next one's.
  static let longestProcessing: Duration = .seconds(600)

  static func register(in registry: inout JobRegistry, _ services: Services) {
    registry.register(ProcessDeliveries.self, timeout: longestProcessing) { job, context in
      try await job.perform(services, job: context.job.id)
    }
    registry.register(SyncLink.self, timeout: .seconds(80)) { job, _ in
      try await job.perform(services)
    }
    registry.register(PublishBacklinks.self) { job, _ in try await job.perform(services) }
    registry.register(RemoveBacklinks.self) { job, _ in try await job.perform(services) }
    registry.register(ReconcileLinks.self, timeout: ReconcileLinks.longest, isLong: true) {
      job, _ in
      try await job.perform(services)
    }
    registry.register(DiscoverLinks.self, timeout: longestProcessing, isLong: true) { job, _ in
      try await job.perform(services)
    }
    registry.register(SweepDeliveries.self) { job, _ in try await job.perform(services) }
  }

  static var periodic: [PeriodicJob] {
    [
      PeriodicJob(
        "sweep_deliveries", every: .seconds(5), options: JobOptions(priority: 1, maxAttempts: 1)
      ) { SweepDeliveries() },
      PeriodicJob(
        ReconcileLinks.kind, every: ReconcileLinks.interval,
        options: JobOptions(priority: 3, maxAttempts: 3)
      ) { ReconcileLinks() },
      PeriodicJob(
        DiscoverLinks.kind, every: .seconds(600), options: JobOptions(priority: 4, maxAttempts: 3)
      ) { DiscoverLinks() },
    ]
  }
}
