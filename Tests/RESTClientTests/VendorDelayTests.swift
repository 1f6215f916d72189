import Foundation
import Testing

@testable import RESTClient

/// 2026-11-30T10:00:00Z
private let now = Date(timeIntervalSince1970: 1_796_032_800)

@Suite struct VendorDelayTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var fields: [String: String]
    var seconds: Double?

    init(_ fields: [String: String], _ seconds: Double?) {
      self.fields = fields
      self.seconds = seconds
    }
    var testDescription: String { "\(fields)" }
  }

  private static func after(_ text: String, _ seconds: Double?) -> Case {
    Case(["retry-after": text], seconds)
  }

  @Test(arguments: [
    Case([:], nil), after("0", 0), after("7", 7), after(" 7 ", 7), after("1.5", 1.5),
    // Never longer than an hour at once.
    after("3600", 3600), after("86400", 3600), after("60000", 3600),
    // What makes no sense is not there.
    after("", nil), after("soon", nil), after("-1", nil), after("+5", nil), after("inf", nil),
    after("infinity", nil), after("nan", nil), after("1e300", nil), after("0x10", nil),
    after("9223372036854775807", nil), after("9223372036854775808", nil),
    after("99999999999999999999", nil), after("1.2.3", nil), after(".", nil),
    // Points in time: seconds and milliseconds since 1970, HTTP dates, ISO 8601.
    after("1796032830", 30), after("1796032830250", 30.25), after("1796032000", 0),
    after("1896032830", 3600), after("Mon, 30 Nov 2026 10:00:12 GMT", 12),
    after("Monday, 30-Nov-26 10:00:12 GMT", 12), after("Mon, 30 Nov 2026 09:59:12 GMT", 0),
    after("Mon, 30 Foo 2026 10:00:12 GMT", nil), after("2026-11-30T10:00:05Z", 5),
    after("2026-11-30T10:01Z", 60), after("0001-01-01T00:00:00Z", nil),
    // Several header fields of one name.
    after("5, 5", 5), after("0, 4", 4), after("inf, 4", 4),
    after("Mon, 30 Nov 2026 10:00:12 GMT, Mon, 30 Nov 2026 10:00:14 GMT", 14),
    after("3, Mon, 30 Nov 2026 10:00:12 GMT", 12), after(",,", nil),
    // Without a Retry-After, or with one of zero, the end of the window counts.
    Case(["x-ratelimit-reset": "2026-11-30T10:00Z"], 0),
    Case(["x-ratelimit-reset": "2026-11-30T10:02Z"], 120),
    Case(["x-sentry-rate-limit-reset": "1796032801"], 1),
    Case(["x-sentry-rate-limit-reset": "1796032801, 1796032802"], 2),
    Case(["x-sentry-rate-limit-reset": "1796000000"], 0),
    Case(["retry-after": "0", "x-ratelimit-reset": "2026-11-30T10:00:09Z"], 9),
    Case(["retry-after": "2", "x-ratelimit-reset": "2026-11-30T10:00:09Z"], 2),
    Case(["retry-after": "nan", "x-sentry-rate-limit-reset": "1796032803"], 3),
    Case(["retry-after": "nan", "x-sentry-rate-limit-reset": "1e300"], nil),
    // By the vendor's clock where it is not ours.
    Case(
      ["date": "Mon, 30 Nov 2026 09:50:00 GMT", "x-sentry-rate-limit-reset": "1796032205"], 5),
    Case(
      ["date": "Mon, 30 Nov 2026 10:10:00 GMT", "x-sentry-rate-limit-reset": "1796033405"], 5),
    Case(["date": "nonsense", "x-sentry-rate-limit-reset": "1796032805"], 5),
    Case(["date": "Mon, 30 Nov 1926 10:10:00 GMT", "retry-after": "1796032805"], 5),
  ])
  func `every delay that a vendor states is read`(one: Case) throws {
    let seconds = VendorDelay.seconds(one.fields, now: now)
    #expect((seconds == nil) == (one.seconds == nil))
    #expect(abs((seconds ?? 0) - (one.seconds ?? 0)) < 0.001, "\(String(describing: seconds))")
  }

  @Test(arguments: [
    ("39", 39), ("39, 39", 39), ("39, 7", 7), ("x, 7", 7), ("-1", nil), ("", nil), ("1e3", nil),
    ("99999999999999999999", nil), ("99999999999999999999, 4", 4), (nil, nil), ("4.5", nil),
  ])
  func `counts are read, of several the smallest that makes sense`(text: String?, count: Int?) {
    #expect(VendorDelay.count(text) == count)
  }

  @Test(arguments: [
    ["x-sentry-rate-limit-reset": "inf"], ["x-sentry-rate-limit-reset": "1e300"],
    ["x-sentry-rate-limit-reset": "-5"], ["x-sentry-rate-limit-limit": "9223372036854775808"],
    ["x-sentry-rate-limit-limit": "-4"], ["x-sentry-rate-limit-concurrentremaining": "nan"],
    ["x-sentry-rate-limit-limit": "9223372036854775807"],
    ["x-sentry-rate-limit-limit": "0"], ["x-sentry-rate-limit-reset": "9999999999999999"],
  ])
  func `no header field stops the process, and none holds an endpoint for long`(
    fields: [String: String]
  ) {
    for remaining in ["0", "1", "9223372036854775807", "-3", "x"] {
      let budget = RateBudget()
      let fields = fields.merging(["x-sentry-rate-limit-remaining": remaining]) { $1 }
      budget.note(fields, endpoint: "a", now: now)
      if case .wait(let seconds, _) = budget.admit("a", now: now) {
        #expect(seconds <= VendorDelay.maxSeconds)
      }
      #expect(budget.admit("a", now: now + VendorDelay.maxSeconds + 1) == .granted)
    }
  }

  @Test func `pauses after refusals in a row grow from a second, and heed what is stated`() {
    let policy = RetryPolicy()
    let pauses = (1...12).map { policy.limitPause(afterRefusals: $0, stated: 0) }
    #expect(pauses.first == 1)
    #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 < $1 || $0 == 30 })
    #expect(pauses.last == 30)
    #expect(pauses.prefix(6).reduce(0, +) < 25)
    #expect(policy.limitPause(afterRefusals: 1, stated: 12) == 12)
    #expect(policy.limitPause(afterRefusals: 6, stated: nil) > 7)
    #expect(policy.limitPause(afterRefusals: .max, stated: nil) == 30)
  }
}
