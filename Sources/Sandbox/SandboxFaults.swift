import Foundation
package import RESTClient

/// What goes wrong on purpose. Shares are between 0 and 1 and are tried in the order below.
package struct SandboxFaults: Sendable, Equatable {
  /// Before every answer, in milliseconds.
  package var latencyMilliseconds = 0
  /// 429 with `Retry-After`; nothing is done.
  package var rateLimited = 0.0
  package var retryAfterSeconds = 1
  /// 401; nothing is done.
  package var unauthorized = 0.0
  /// 503; nothing is done.
  package var serverError = 0.0
  /// The connection breaks before anything is done.
  package var reset = 0.0
  /// Done, but the connection breaks before the answer.
  package var lostResponse = 0.0
  /// Done, but the answer ends in the middle.
  package var truncated = 0.0
  /// Done, but the answer stops in the middle and the connection stays open.
  package var stalled = 0.0
  /// A web page instead of JSON, with status 200.
  package var garbage = 0.0
  /// Of Jira's searches that go on at a page token: the token is said to be expired.
  package var expiredToken = 0.0
  /// The page comes again, with another token.
  package var repeatedPage = 0.0
  /// A page without issues, with a token to go on with.
  package var emptyPage = 0.0
  /// Only requests whose "METHOD /path" contains this; empty is all.
  package var only = ""
  /// The same seed gives the same faults for the same sequence of requests.
  package var seed: UInt64 = 1

  package init() {}
}

extension SandboxFaults {
  enum Outcome: Sendable {
    case none, rateLimited, unauthorized, serverError, reset, lostResponse, truncated, stalled,
      garbage
  }

  func outcome(of draw: Double) -> Outcome {
    var draw = draw
    let shares: [(Double, Outcome)] = [
      (rateLimited, .rateLimited), (unauthorized, .unauthorized), (serverError, .serverError),
      (reset, .reset),
      (lostResponse, .lostResponse), (truncated, .truncated), (stalled, .stalled),
      (garbage, .garbage),
    ]
    for (share, outcome) in shares {
      if draw < share { return outcome }
      draw -= share
    }
    return .none
  }

  /// Reads what `POST /sandbox/faults` says; what is not said is off.
  package init(json: JSONValue) {
    func share(_ name: String) -> Double {
      switch json[name] {
      case .number(let value)?: value
      case .integer(let value)?: Double(value)
      default: 0
      }
    }
    latencyMilliseconds = json["latency_ms"]?.wholeNumber ?? 0
    rateLimited = share("rate_limited")
    retryAfterSeconds = json["retry_after"]?.wholeNumber ?? 1
    unauthorized = share("unauthorized")
    serverError = share("server_error")
    reset = share("reset")
    lostResponse = share("lost_response")
    truncated = share("truncated")
    stalled = share("stalled")
    garbage = share("garbage")
    expiredToken = share("expired_token")
    repeatedPage = share("repeated_page")
    emptyPage = share("empty_page")
    only = json["only"]?.stringValue ?? ""
    seed = UInt64(json["seed"]?.wholeNumber ?? 1)
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
