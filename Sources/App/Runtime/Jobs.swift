import JobQueue

/// Every kind of job, one line each.
enum Jobs {
  /// The longest a sync of one organization may take.
  static let longestSync: Duration = .seconds(6 * 3600)

  /// The longest 200 tickets may take.
  static let longestBatch: Duration = .seconds(1800)

  static func registry(_ services: Services) -> JobRegistry {
    var registry = JobRegistry()
    registry.register(RunSync.self, timeout: longestSync, isLong: true) { job, _ in
      try await job.perform(services.syncRuns)
    }
    registry.register(StartDueSyncs.self) { _, _ in try await services.syncRuns.startDue() }
    registry.register(SettleTicket.self) { job, _ in try await job.perform(services) }
    registry.register(CreateTickets.self, timeout: longestBatch, isLong: true) { job, _ in
      try await job.perform(services)
    }
    registry.register(RecordHealth.self, timeout: RecordHealth.longest, isLong: true) { job, _ in
      try await job.perform(services)
    }
    registry.register(PruneHistory.self, timeout: PruneHistory.longest, isLong: true) { job, _ in
      try await job.perform(services)
    }
    registry.register(CheckJiraSites.self, timeout: CheckJiraSites.timeout, isLong: true) {
      job, _ in
      try await job.perform(services)
    }
    // Long, and yet not one of those: the sync that it is to overtake may be all of them.
    registry.register(BuildDeferredIndexes.self, timeout: BuildDeferredIndexes.longest) { job, _ in
      try await job.perform(services)
    }
    TwoWayJobs.register(in: &registry, services)
    return registry
  }

  /// What is done again and again, by whichever process comes first.
  static func periodic(_ services: Services) -> [PeriodicJob] {
    [
      PeriodicJob("start_due_syncs", every: StartDueSyncs.interval) { StartDueSyncs() },
      PeriodicJob(RecordHealth.kind, every: RecordHealth.interval) { RecordHealth() },
      PeriodicJob(
        PruneHistory.kind, every: PruneHistory.interval, options: JobOptions(priority: 4)
      ) { PruneHistory() },
      PeriodicJob(
        CheckJiraSites.kind, every: CheckJiraSites.interval,
        options: JobOptions(priority: 4, maxAttempts: 2)
      ) { CheckJiraSites() },
      PeriodicJob(
        BuildDeferredIndexes.kind, every: BuildDeferredIndexes.interval,
        options: BuildDeferredIndexes.options
      ) { BuildDeferredIndexes() },
    ] + TwoWayJobs.periodic
  }
}
