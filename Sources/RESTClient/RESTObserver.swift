/// Who is told of every request to one vendor's account, and tells what other processes were told.
package protocol RESTObserver: Sendable {
  /// What all processes know of an endpoint; nil: nothing.
  func allowance(of endpoint: String) async -> RateBudget.Allowance?

  /// - Parameter isUrgent: others must not send before they know.
  func note(_ allowance: RateBudget.Allowance, of endpoint: String, isUrgent: Bool) async

  /// - Parameter status: nil when there was no answer.
  func requestEnded(_ endpoint: String, status: Int?, after duration: Duration)
}
