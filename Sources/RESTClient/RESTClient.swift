import Foundation

/// JSON over HTTP to one account of one vendor: credentials, retries, rate budget, errors.
package final class RESTClient: Sendable {
  package let baseURL: String
  package let budget = RateBudget()
  private let authorization: String?
  private let transport: any Transport
  private let retry: RetryPolicy
  private let timeout: Duration
  private let observer: (any RESTObserver)?
  private let mask: SecretMask
  private let loginReason: @Sendable (TransportResponse) -> RESTError.LoginReason?

  /// - Parameters:
  ///   - baseURL: without a trailing slash.
  ///   - authorization: the value of the header field; a secret. nil sends none.
  ///   - timeout: for one try.
  ///   - loginReason: why an answer, whatever its status, was not given to our account; nil: it was.
  package init(
    baseURL: String, authorization: String?, transport: any Transport,
    retry: RetryPolicy = RetryPolicy(), timeout: Duration = .seconds(30),
    observer: (any RESTObserver)? = nil,
    loginReason: @escaping @Sendable (TransportResponse) -> RESTError.LoginReason? = { _ in nil }
  ) {
    self.baseURL = baseURL
    self.authorization = authorization
    self.transport = transport
    self.retry = retry
    self.timeout = timeout
    self.observer = observer
    mask = SecretMask(authorization: authorization)
    self.loginReason = loginReason
  }

  package struct Request: Sendable {
    package var method: String
    /// With a leading slash; its parts are percent-encoded by the caller.
    package var path: String
    package var query: [(String, String)]
    package var body: [UInt8]?
    /// The part of the vendor that a rate limit counts, for example `GET search`.
    package var endpoint: String
    /// Whether it may be sent again after it may have been received. What may not leaves the process
    /// once, unless the vendor says that it did nothing.
    package var isRepeatable: Bool
    /// The issue that it changes, for limits on the changes of one issue.
    package var issue: String?
    /// Whether a 409 says that another change is under way: it passes, and nothing was done.
    package var waitsForOtherChanges: Bool
    /// No try is sent after this: it was decided from what may not hold any more by then.
    package var sendBefore: ContinuousClock.Instant?

    /// - Parameter isRepeatable: nil: only a GET is.
    package init(
      _ method: String, _ path: String, query: [(String, String)] = [], body: [UInt8]? = nil,
      endpoint: String, isRepeatable: Bool? = nil, changing issue: String? = nil,
      waitsForOtherChanges: Bool = false
    ) {
      self.method = method
      self.path = path
      self.query = query
      self.body = body
      self.endpoint = "\(method) \(endpoint)"
      self.isRepeatable = isRepeatable ?? (method == "GET")
      self.issue = issue
      self.waitsForOtherChanges = waitsForOtherChanges
      sendBefore = method == "GET" ? nil : SendLimit.current
    }

    fileprivate func isOverdue(after wait: Duration = .zero) -> Bool {
      sendBefore.map { .now + wait > $0 } ?? false
    }
  }

  /// Sends a request, again where that is safe, and answers what the vendor said with 2xx.
  ///
  /// - Throws: `RESTError`; `RequestOverdue`; `CancellationError`.
  package func send(_ request: Request) async throws -> TransportResponse {
    let waits = VendorPatience.current.waits()
    var attempt = 1
    var conflicts = 0
    var mayHaveBeenReceived = false
    while true {
      do {
        let (response, sentAt) = try await sendOnce(request, waits)
        if response.status != 401, let reason = loginReason(response) {
          throw notSignedIn(response, request, reason)
        }
        if (200..<300).contains(response.status) { return response }
        var failure = error(response, request)
        switch response.status {
        case 429:
          // It was turned away, whatever the method.
          let seconds = await hold(request, response, sentAt)
          failure.kind = .rateLimited(seconds)
          guard waits.allows(seconds) else { throw failure }
          continue
        case 409 where request.waitsForOtherChanges:
          conflicts += 1
          guard conflicts < RetryPolicy.maxConflicts else { throw failure }
          try await Task.sleep(for: retry.pause(afterConflicts: conflicts))
          continue
        case 500...:
          if let seconds = VendorDelay.seconds(response.headerFields), response.status == 503 {
            let held = budget.hold(request.endpoint, seconds: seconds)
            await observer?.note(held, of: request.endpoint, isUrgent: true)
          }
          // It may have been half done.
          guard request.isRepeatable, attempt < retry.attempts else { throw failure }
          mayHaveBeenReceived = true
        default: throw failure
        }
      } catch let error as TransportError {
        let isTransient = error.kind == .connection || error.kind == .timeout
        guard isTransient, request.isRepeatable || !error.mayHaveBeenReceived,
          attempt < retry.attempts
        else { throw self.error(error, request) }
        mayHaveBeenReceived = mayHaveBeenReceived || error.mayHaveBeenReceived
      } catch is RequestOverdue {
        throw RequestOverdue(mayHaveBeenReceived: mayHaveBeenReceived)
      }
      attempt += 1
      try await Task.sleep(for: retry.pause(before: attempt))
    }
  }

  /// - Returns: the seconds for which what a 429 concerns is held.
  private func hold(_ request: Request, _ response: TransportResponse, _ sentAt: Date) async
    -> Double
  {
    let isOfIssue = response.headerFields["ratelimit-reason"]?.contains(Self.issueLimit) == true
    let (seconds, held) = budget.refuse(
      request.endpoint, issue: isOfIssue ? request.issue : nil, sentAt: sentAt,
      stated: VendorDelay.seconds(response.headerFields), retry)
    if let held { await observer?.note(held, of: request.endpoint, isUrgent: true) }
    return seconds
  }

  /// Jira's `RateLimit-Reason` when one issue is changed too often.
  private static let issueLimit = "jira-per-issue-on-write"

  /// As `send`, and decodes the answer.
  package func decode<T: Decodable>(_ type: T.Type, _ request: Request) async throws -> T {
    let response = try await send(request)
    do {
      return try Self.decoder.decode(type, from: Data(VendorJSON.readable(response.body)))
    } catch {
      throw malformed(response, request, error)
    }
  }

  package func malformed(
    _ response: TransportResponse, _ request: Request, _ error: any Error
  ) -> RESTError {
    refusal(
      .malformedAnswer, response, request, message: Self.reason(error), mayHaveBeenReceived: true)
  }

  /// An answer for a visitor who has not signed in says nothing about what our account may see. It is refused as a
  /// 401 is, whatever its status.
  private func notSignedIn(
    _ response: TransportResponse, _ request: Request, _ reason: RESTError.LoginReason
  ) -> RESTError {
    var error = refusal(
      .notSignedIn(reason), response, request, message: "",
      mayHaveBeenReceived: response.status < 300)
    // Whatever the answer says, it is not for us.
    (error.status, error.body, error.contentType) = (401, [], nil)
    return error
  }

  private static let decoder = JSONDecoder()

  private func sendOnce(_ request: Request, _ waits: VendorPatience.Waits) async throws
    -> (response: TransportResponse, sentAt: Date)
  {
    try await waitForBudget(request, waits)
    defer { budget.release(request.endpoint) }
    guard !request.isOverdue() else { throw RequestOverdue(mayHaveBeenReceived: false) }
    RequestTally.current?.note()
    SendClock.current?.note()
    let (start, sentAt) = (ContinuousClock.now, Date())
    do {
      let response = try await transport.send(transportRequest(request))
      observer?.requestEnded(
        request.endpoint, status: response.status, after: ContinuousClock.now - start)
      if response.status != 429 { budget.accept(request.endpoint, issue: request.issue) }
      if let allowance = budget.note(response.headerFields, endpoint: request.endpoint) {
        await observer?.note(allowance, of: request.endpoint, isUrgent: allowance.remaining == 0)
      }
      return (response, sentAt)
    } catch {
      observer?.requestEnded(request.endpoint, status: nil, after: ContinuousClock.now - start)
      throw error
    }
  }

  /// Waits until a request would be admitted, without taking anything off the budget: what is read
  /// afterwards is still fresh when the request is sent.
  package func waitUntilAdmitted(_ request: Request) async throws {
    try await waitForBudget(request, VendorPatience.current.waits(), takes: false)
  }

  private func waitForBudget(
    _ request: Request, _ waits: VendorPatience.Waits, takes: Bool = true
  ) async throws {
    while true {
      if let seconds = request.issue.flatMap({ budget.hold(ofIssue: $0) }) {
        if request.isOverdue(after: .seconds(seconds)) {
          throw RequestOverdue(mayHaveBeenReceived: false)
        }
        try await wait(seconds, waits, request)
        continue
      }
      if let shared = await observer?.allowance(of: request.endpoint) {
        budget.merge(shared, request.endpoint)
      }
      guard case .wait(let seconds, let isHeld) = budget.admit(request.endpoint, takes: takes)
      else { return }
      if request.isOverdue(after: .seconds(seconds)) {
        throw RequestOverdue(mayHaveBeenReceived: false)
      }
      if isHeld {
        try await wait(seconds, waits, request)
      } else {
        try await Task.sleep(for: .seconds(seconds))
      }
    }
  }

  private func wait(_ seconds: Double, _ waits: VendorPatience.Waits, _ request: Request)
    async throws
  {
    guard waits.take(seconds) else {
      throw RESTError(
        kind: .rateLimited(seconds), method: request.method, path: request.path, status: 429,
        body: [], contentType: nil, message: "", mayHaveBeenReceived: false, baseURL: baseURL)
    }
    // Not all that wait for the same moment go out in the same one.
    try await Task.sleep(for: .seconds(seconds + Double.random(in: 0...min(seconds / 10, 0.5))))
  }

  private func transportRequest(_ request: Request) -> TransportRequest {
    var url = baseURL + request.path
    if !request.query.isEmpty {
      url +=
        "?"
        + request.query.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }
        .joined(separator: "&")
    }
    var fields = [
      ("Accept", "application/json"), ("User-Agent", "IssueBridge/1.0"),
    ]
    if let authorization { fields.append(("Authorization", authorization)) }
    if request.body != nil { fields.append(("Content-Type", "application/json")) }
    return TransportRequest(
      method: request.method, url: url, headerFields: fields, body: request.body, timeout: timeout,
      isRepeatable: request.isRepeatable)
  }

  /// Percent-encodes all but RFC 3986's unreserved characters.
  package static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  private func error(_ response: TransportResponse, _ request: Request) -> RESTError {
    refusal(
      .status, response, request, message: "", mayHaveBeenReceived: response.status >= 500)
  }

  private func refusal(
    _ kind: RESTError.Kind, _ response: TransportResponse, _ request: Request, message: String,
    mayHaveBeenReceived: Bool
  ) -> RESTError {
    var error = RESTError(
      kind: kind, method: request.method, path: request.path, status: response.status,
      body: mask.hide(in: Array(response.body.prefix(RESTError.largestBody))),
      contentType: response.headerFields["content-type"], message: mask.hide(in: message),
      mayHaveBeenReceived: mayHaveBeenReceived, baseURL: baseURL)
    for name in RESTError.hintFields {
      error.hints[name] = response.headerFields[name].map(mask.hide(in:))
    }
    return error
  }

  private func error(_ error: TransportError, _ request: Request) -> RESTError {
    let kind: RESTError.Kind =
      switch error.kind {
      case .connection: .connection
      case .timeout: .timeout
      case .tls: .tls
      case .tooLarge: .tooLarge
      case .refusedAddress: .refusedAddress
      case .invalidRequest: .invalidRequest
      }
    return RESTError(
      kind: kind, method: request.method, path: request.path, status: nil, body: [],
      contentType: nil, message: error.message, mayHaveBeenReceived: error.mayHaveBeenReceived,
      baseURL: baseURL, tlsFault: error.tlsFault)
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        .joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "'\(key.stringValue)' is missing at '\(place(context))'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(context.debugDescription) at '\(place(context))'"
    default: return "it is not valid JSON"
    }
  }
}
