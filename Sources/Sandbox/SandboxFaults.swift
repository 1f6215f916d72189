import Foundation
package import RESTClient

/// What goes wrong on purpose. Shares are between 0 and 1 and are tried in the order below.
package struct SandboxFaults: Sendable, Equatable {
  /// How a connection ends without an answer.
  package enum Break: String, Sendable {
    case close, reset
    /// One or the other, drawn each time.
    case either
  }

  /// Before every answer, in milliseconds.
  package var latencyMilliseconds = 0
  /// 429; nothing is done.
  package var rateLimited = 0.0
  /// `Retry-After` of a 429, as it is written; nil: the header field is missing.
  package var retryAfter: String? = "1"
  /// `RateLimit-Reason` of a 429; nil: the header field is missing.
  package var limitReason: String? = "jira-burst-based"
  /// More header fields of a 429; several values of a name are sent as several header fields.
  package var limitFields: [String: [String]] = [:]
  /// 401; nothing is done.
  package var unauthorized = 0.0
  /// 403; nothing is done.
  package var forbidden = 0.0
  /// 503; nothing is done.
  package var serverError = 0.0
  /// 409; nothing is done.
  package var conflict = 0.0
  /// 413; nothing is done.
  package var payloadTooLarge = 0.0
  /// The connection ends before anything is done.
  package var reset = 0.0
  /// Done, but the connection ends before a byte of the answer.
  package var lostResponse = 0.0
  /// How `reset` and `lostResponse` end a connection.
  package var breaksBy = Break.close
  /// How long after the request they end it, in milliseconds.
  package var breaksAfterMilliseconds = 0
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
  /// A page for which more issues than this are requested is answered with 413; 0 is no limit.
  package var maxPageSize = 0
  /// A regular expression; only requests are met that it is found in, written with ids and keys left
  /// out ("POST rest/api/3/issue/{}/comment") or as they are ("POST /rest/api/3/issue/WEB-1/comment").
  /// Empty is all.
  package var only = ""
  /// Faults in all, after which everything goes well; nil is no limit.
  package var times: Int?
  /// The same seed gives the same faults for the same sequence of requests.
  package var seed: UInt64 = 1

  package init() {}

  /// `retryAfter` as whole seconds.
  package var retryAfterSeconds: Int {
    get { retryAfter.flatMap { Int($0) } ?? 0 }
    set { retryAfter = String(newValue) }
  }
}

extension SandboxFaults {
  enum Outcome: Sendable {
    case none, rateLimited, unauthorized, forbidden, serverError, conflict, payloadTooLarge, reset,
      lostResponse
    case truncated, stalled, garbage
  }

  func outcome(of draw: Double) -> Outcome {
    var draw = draw
    let shares: [(Double, Outcome)] = [
      (rateLimited, .rateLimited), (unauthorized, .unauthorized), (forbidden, .forbidden),
      (serverError, .serverError),
      (conflict, .conflict), (payloadTooLarge, .payloadTooLarge), (reset, .reset),
      (lostResponse, .lostResponse), (truncated, .truncated), (stalled, .stalled),
      (garbage, .garbage),
    ]
    for (share, outcome) in shares {
      if draw < share { return outcome }
      draw -= share
    }
    return .none
  }

  func meets(_ method: String, _ path: String, endpoint: String) -> Bool {
    only.isEmpty
      || ["\(method) \(endpoint)", "\(method) \(path)"].contains {
        $0.range(of: only, options: .regularExpression) != nil
      }
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
    if let value = json["retry_after"] {
      retryAfter = value.stringValue ?? value.wholeNumber.map(String.init)
    }
    if let value = json["limit_reason"] { limitReason = value.stringValue }
    if case .object(let fields)? = json["limit_fields"] {
      limitFields = fields.mapValues { value in
        value.stringValue.map { [$0] } ?? (value.arrayValue ?? []).compactMap(\.stringValue)
      }
    }
    unauthorized = share("unauthorized")
    forbidden = share("forbidden")
    serverError = share("server_error")
    conflict = share("conflict")
    payloadTooLarge = share("payload_too_large")
    reset = share("reset")
    lostResponse = share("lost_response")
    breaksBy = json["how"]?.stringValue.flatMap(Break.init) ?? .close
    breaksAfterMilliseconds = json["after_ms"]?.wholeNumber ?? 0
    truncated = share("truncated")
    stalled = share("stalled")
    garbage = share("garbage")
    expiredToken = share("expired_token")
    repeatedPage = share("repeated_page")
    emptyPage = share("empty_page")
    maxPageSize = json["max_page_size"]?.wholeNumber ?? 0
    only = json["only"]?.stringValue ?? ""
    times = json["times"]?.wholeNumber
    seed = UInt64(max(0, json["seed"]?.wholeNumber ?? 1))
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
