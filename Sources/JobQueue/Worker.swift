import Foundation
import Logging
package import Postgres

/// Takes jobs from the queue and does them, several at once. Any number of workers, in any number
/// of processes, share one queue.
package final class Worker: Sendable {
  /// Seen in `jobs.worker`: host, process and a random part, new for each worker.
  package let id: String
  private let pool: PostgresPool
  private let registry: JobRegistry
  private let configuration: WorkerConfiguration
  private let scheduler: Scheduler
  private let claims: ClaimStore
  private let running = RunningJobs()
  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation

  package init(
    pool: PostgresPool, registry: JobRegistry, periodic: [PeriodicJob] = [],
    configuration: WorkerConfiguration = WorkerConfiguration()
  ) {
    self.pool = pool
    self.registry = registry
    self.configuration = configuration
    let random = UInt32.random(in: .min ... .max)
    id = "\(ProcessInfo.processInfo.hostName):\(getpid()):\(String(random, radix: 16))"
    claims = ClaimStore(pool: pool, worker: id)
    scheduler = Scheduler(pool: pool, jobs: periodic, logger: configuration.logger)
    // Wakes that come while the queue is being looked at are one more look, not many.
    (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Works until the task is cancelled; then lets jobs finish for a moment, cancels the rest and
  /// puts it back as available. May be called once.
  package func run() async throws {
    let events = try PostgresListener(
      configuration: pool.configuration, channels: [JobStore.channel]
    ).events()
    await withDiscardingTaskGroup { group in
      group.addTask { await self.claimWhenWoken() }
      group.addTask { for await _ in events { self.wake.yield() } }
      group.addTask { await self.keepTime() }
      group.addTask { await self.scheduler.run() }
      group.addTask { await Rescuer(self.pool, self.configuration).run() }
      group.addTask { await Pruner(self.pool, self.configuration).run() }
    }
    await Task { await drain() }.value
  }

  private func claimWhenWoken() async {
    let (long, quick) = (registry.kinds(long: true), registry.kinds(long: false))
    wake.yield()
    for await _ in wakes {
      do {
        // Long jobs first: they have their share, and quick ones would never leave it to them.
        try await claim(long) { configuration.longConcurrency - running.count(of: long) }
        try await claim(quick) { configuration.concurrency }
      } catch {
        configuration.logger.warning("jobs.claim.failed", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Claims and starts jobs until there are no more, or no more may run.
  private func claim(_ kinds: [String], atMost share: () -> Int) async throws {
    while !kinds.isEmpty, !Task.isCancelled {
      let free = min(share(), configuration.concurrency - running.count)
      guard free > 0 else { return }
      // Not cancelled with this task: claimed jobs must be known here.
      let jobs = try await Task { try await claims.claim(kinds: kinds, limit: free) }.value
      for job in jobs { start(job) }
      guard jobs.count == free else { return }
    }
  }

  private func start(_ job: Job) {
    guard let entry = registry.entries[job.kind] else { return }
    running.insert(job, deadline: .now + entry.timeout)
    let attempt = Attempt(
      job: job, entry: entry, claims: claims, running: running, logger: configuration.logger)
    let task = Task {
      await attempt.run()
      wake.yield()
    }
    running.attach(task, to: job.id)
  }

  /// Polls, beats, and stops what takes too long.
  private func keepTime() async {
    let tick = min(configuration.pollInterval, configuration.heartbeatInterval, .seconds(1))
    var lastPoll = ContinuousClock.now
    var lastBeat = ContinuousClock.now
    while !Task.isCancelled {
      try? await Task.sleep(for: tick)
      let now = ContinuousClock.now
      running.stopOverdue(at: now)
      if now - lastBeat >= configuration.heartbeatInterval {
        if await beat() {
          lastBeat = now
        } else if now - lastBeat >= configuration.rescueAfter {
          // Others have the jobs by now, or soon.
          running.stopAll(because: .lost)
        }
      }
      if now - lastPoll >= configuration.pollInterval {
        lastPoll = now
        _ = try? await claims.promoteDue()
        wake.yield()
      }
    }
  }

  /// `false` when the database could not be told.
  private func beat() async -> Bool {
    let ids = running.ids
    guard !ids.isEmpty else { return true }
    do {
      let ours = try await claims.heartbeat(ids)
      for id in ids {
        switch ours[id] {
        case true?: running.stop(id, because: .cancelRequested)
        case false?: break
        case nil: running.stop(id, because: .lost)
        }
      }
      return true
    } catch {
      configuration.logger.warning("jobs.heartbeat.failed", metadata: ["error": "\(error)"])
      return false
    }
  }

  private func drain() async {
    if await isEmpty(within: configuration.drainTimeout) { return }
    running.stopAll(because: .shutdown)
    if await isEmpty(within: configuration.cancelTimeout) { return }
    for job in running.jobs { _ = try? await claims.settle(job, as: .returned) }
  }

  private func isEmpty(within limit: Duration) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while running.count > 0 {
      guard .now < deadline else { return false }
      _ = await beat()
      try? await Task.sleep(for: .milliseconds(50))
    }
    return true
  }
}
