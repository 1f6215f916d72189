import Foundation
import Testing

@testable import RESTClient

@Suite struct RateBudgetTests {
  private let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func fields(limit: Int, remaining: Int, reset: Double) -> [String: String] {
    [
      "x-sentry-rate-limit-limit": String(limit),
      "x-sentry-rate-limit-remaining": String(remaining),
      "x-sentry-rate-limit-reset": String(now.timeIntervalSince1970 + reset),
    ]
  }

  @Test func `a held endpoint waits to the end, another one goes on`() {
    let budget = RateBudget()
    budget.hold("a", seconds: 3, now: now)
    budget.hold("a", seconds: 1, now: now)
    #expect(budget.admit("a", now: now) == .wait(seconds: 3, isHeld: true))
    #expect(budget.admit("b", now: now) == .granted)
    #expect(budget.admit("a", now: now + 3) == .granted)
  }

  @Test(arguments: [(100, 80, 50), (100, 20, 4), (100, 6, 1), (40, 1, 1)])
  func `fewer go out at the same time before the limit is reached`(
    limit: Int, remaining: Int, most: Int
  ) {
    let budget = RateBudget()
    budget.note(fields(limit: limit, remaining: remaining, reset: 10), endpoint: "a", now: now)
    var granted = 0
    while granted < most, budget.admit("a", now: now) == .granted { granted += 1 }
    #expect(granted == most)
    if remaining < limit / 4 { #expect(budget.admit("a", now: now) != .granted) }
    budget.release("a")
  }

  @Test func `what was sent since is taken off, and nothing goes out when all is used up`() {
    let budget = RateBudget()
    budget.note(fields(limit: 10, remaining: 2, reset: 5), endpoint: "a", now: now)
    for _ in 1...2 {
      #expect(budget.admit("a", now: now) == .granted)
      budget.release("a")
    }
    #expect(budget.admit("a", now: now + 1) == .wait(seconds: 4, isHeld: true))
    #expect(budget.admit("a", now: now + 5) == .granted)
  }

  @Test func `the newer of two processes' knowledge counts, the longer hold always`() {
    let budget = RateBudget()
    budget.note(fields(limit: 10, remaining: 9, reset: 60), endpoint: "a", now: now)
    var old = RateBudget.Allowance(notedAt: now - 5)
    old.remaining = 1
    old.heldUntil = now + 2
    budget.merge(old, "a")
    #expect(budget.snapshot["a"]?.remaining == 9)
    #expect(budget.admit("a", now: now) == .wait(seconds: 2, isHeld: true))
    var new = RateBudget.Allowance(notedAt: now + 1)
    new.remaining = 0
    new.resetsAt = now + 60
    budget.merge(new, "a")
    #expect(budget.admit("a", now: now + 3) == .wait(seconds: 57, isHeld: true))
  }
}
