import Foundation
import Glibc
import Postgres

/// The process's own use of the machine.
enum ProcessMetrics {
  private static let start = Date()

  static func note(in metrics: PrometheusMetrics) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let seconds =
      Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    metrics.set("process_cpu_seconds_total", to: seconds)
    metrics.set("process_peak_memory_bytes", to: Double(usage.ru_maxrss) * 1024)
    metrics.set("process_start_time_seconds", to: start.timeIntervalSince1970)
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
      .split(separator: " ").dropFirst().first.flatMap { Double($0) }
    if let pages { metrics.set("process_resident_memory_bytes", to: pages * Double(getpagesize())) }
  }
}

/// The state of the database connections.
struct PoolMetrics: Sendable {
  let pool: PostgresPool

  func note(in metrics: PrometheusMetrics) {
    let use = pool.use
    metrics.set("issuebridge_database_connections", to: Double(use.connections))
    metrics.set("issuebridge_database_connections_busy", to: Double(use.busy))
    metrics.set("issuebridge_database_calls_waiting", to: Double(use.waiting))
  }
}
