import Foundation
import RESTClient
import Synchronization

/// Shares an organization's rate budget with all processes, and counts the requests to its vendor.
final class VendorObserver: RESTObserver {
  /// What others were told is asked for at most this often, for each endpoint.
  static let lifetime: Duration = .milliseconds(100)
  /// What is not urgent is told at most this often, for each endpoint.
  static let pause: Duration = .seconds(2)

  private struct Times {
    var asked: [String: ContinuousClock.Instant] = [:]
    var told: [String: ContinuousClock.Instant] = [:]
  }

  private let source: SyncSource
  private let budgets: VendorBudgetStore
  private let metrics: PrometheusMetrics
  private let times = Mutex(Times())

  init(_ source: SyncSource, _ budgets: VendorBudgetStore, _ metrics: PrometheusMetrics) {
    self.source = source
    self.budgets = budgets
    self.metrics = metrics
  }

  /// Without the database the process goes by what it was told itself.
  func allowance(of endpoint: String) async -> RateBudget.Allowance? {
    let now = ContinuousClock.now
    let isDue = times.withLock { times in
      guard times.asked[endpoint].map({ now - $0 >= Self.lifetime }) ?? true else { return false }
      times.asked[endpoint] = now
      return true
    }
    guard isDue else { return nil }
    return try? await budgets.allowance(source, endpoint)
  }

  func note(_ allowance: RateBudget.Allowance, of endpoint: String, isUrgent: Bool) async {
    let now = ContinuousClock.now
    let isDue = times.withLock { times in
      guard isUrgent || times.told[endpoint].map({ now - $0 >= Self.pause }) ?? true else {
        return false
      }
      times.told[endpoint] = now
      return true
    }
    guard isDue else { return }
    try? await budgets.note(source, endpoint, allowance)
  }

  func requestEnded(_ endpoint: String, status: Int?, after duration: Duration) {
    metrics.count(
      "issuebridge_vendor_requests_total",
      [
        ("vendor", source.name), ("endpoint", endpoint),
        ("status", status.map(String.init) ?? "none"),
      ])
    metrics.observe(
      "issuebridge_vendor_request_duration_seconds", [("vendor", source.name)],
      seconds: duration / .seconds(1))
  }
}
