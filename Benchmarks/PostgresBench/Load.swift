import Foundation
import Postgres
import Reactors

/// One run.
struct Sample {
  let perSecond: Double
  /// Of the client's process, user and system.
  let cpuMicroseconds: Double

  static func median(_ samples: [Sample]) -> Sample {
    func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    return Sample(
      perSecond: middle(samples.map(\.perSecond)),
      cpuMicroseconds: middle(samples.map(\.cpuMicroseconds)))
  }

  static func cpu(of who: __rusage_who) -> Double {
    var usage = rusage()
    getrusage(who.rawValue, &usage)
    func microseconds(_ time: timeval) -> Double {
      Double(time.tv_sec) * 1_000_000 + Double(time.tv_usec)
    }
    return microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
  }
}

/// Callers that ask again as soon as they are answered.
enum Load {
  static let select: Statement = "select id, name, created_at from bench_items where id = $1"

  /// On the reactors, as handlers are, or with `nil` on Swift's own threads.
  static func reads(
    _ pool: PostgresPool, _ reactors: ReactorGroup?, callers: Int, seconds: Int
  ) async throws -> Sample {
    try await measure(callers: callers, seconds: seconds, on: reactors) { id in
      try await pool.read(select, id)
    }
  }

  static func queries(_ pool: PostgresPool, callers: Int, seconds: Int) async throws -> Sample {
    try await measure(callers: callers, seconds: seconds, on: nil) { id in
      try await pool.query(select, id)
    }
  }

  private static func measure(
    callers: Int, seconds: Int, on reactors: ReactorGroup?,
    _ ask: @escaping @Sendable (Int) async throws -> Rows
  ) async throws -> Sample {
    let cpu = Sample.cpu(of: RUSAGE_SELF)
    let began = ContinuousClock.now
    let end = began + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for caller in 0..<callers {
        group.addTask(executorPreference: reactors?.next()) {
          var random = UInt64(caller + 1)
          var count = 0
          while .now < end {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let id = Int(random >> 33) % PostgresBench.rows + 1
            guard try await ask(id)[0].int(0) == id else { throw WrongAnswer() }
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    let elapsed = (ContinuousClock.now - began) / .seconds(1)
    return Sample(
      perSecond: Double(count) / elapsed,
      cpuMicroseconds: (Sample.cpu(of: RUSAGE_SELF) - cpu) / Double(count))
  }

  struct WrongAnswer: Error {}
}
