import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Reactors
import Synchronization

/// The HTTP side that both look-alikes share: a server on loopback, faults, counters.
final class SandboxServer: Sendable {
  private struct State {
    var faults = SandboxFaults()
    var generator = SeededGenerator(seed: 1)
    /// Faults since they were set.
    var played = 0
    var stats = SandboxStats()
  }

  /// Looks at a request, and may change it, before anything else does.
  typealias Gate = @Sendable (inout Request) -> Response?

  private let state = Mutex(State())
  private let running = Mutex<
    (server: Server, task: Task<Void, any Error>, reactors: ReactorGroup)?
  >(nil)

  var faults: SandboxFaults {
    get { state.withLock { $0.faults } }
    set {
      state.withLock { state in
        state.faults = newValue
        state.generator = SeededGenerator(seed: newValue.seed)
        state.played = 0
      }
    }
  }

  var stats: SandboxStats { state.withLock { $0.stats } }
  func resetStats() { state.withLock { $0.stats = SandboxStats() } }

  var port: Int { running.withLock { $0?.server.port ?? 0 } }
  var baseURL: String { "http://127.0.0.1:\(port)" }

  /// - Parameter port: 0 is any free one.
  func start(
    port: Int, router: Router, gate: @escaping Gate, refusal: @escaping ErrorResponder
  ) throws {
    let reactors = try ReactorGroup(count: 1)
    let server = try Server(
      configuration: ServerConfiguration(host: "127.0.0.1", port: port), reactors: reactors,
      handler: { [self] request in await respond(request, router, gate, refusal) },
      errorResponder: refusal)
    let task = Task { try await server.run() }
    running.withLock { $0 = (server, task, reactors) }
  }

  func stop() async {
    guard
      let (server, task, reactors) = running.withLock({ running in
        defer { running = nil }
        return running
      })
    else { return }
    server.stop(grace: .milliseconds(200))
    _ = await task.result
    reactors.shutdown()
  }

  /// Draws whether one of the faults that an endpoint plays itself happens now.
  func happens(_ fault: KeyPath<SandboxFaults, Double>) -> Bool {
    state.withLock { state in
      let share = state.faults[keyPath: fault]
      return share > 0 && Double.random(in: 0..<1, using: &state.generator) < share
    }
  }

  /// Counts a refusal by one of the vendor's own limits.
  func noteLimited(_ reason: String) {
    state.withLock { $0.stats.limited[reason, default: 0] += 1 }
  }

  private func respond(
    _ request: Request, _ router: Router, _ gate: Gate, _ refusal: ErrorResponder
  ) async -> Response {
    var request = request
    let isAdmin = request.path.hasPrefix("/sandbox")
    let refused = isAdmin ? nil : gate(&request)
    let outcome = isAdmin ? .none : admit(request)
    if !isAdmin, case let pause = faults.latencyMilliseconds, pause > 0 {
      try? await Task.sleep(for: .milliseconds(pause))
    }
    switch outcome {
    case .rateLimited: return limited(request)
    case .unauthorized:
      return .json(
        .object([
          "errorMessages": .array([
            .string("Client must be authenticated to access this resource.")
          ]), "errors": .object([:]), "detail": .string("Invalid token"),
        ]), status: 401)
    case .forbidden:
      return .json(
        .object([
          "errorMessages": .array([.string("You do not have the permission for this.")]),
          "errors": .object([:]),
          "detail": .string("You do not have permission to perform this action."),
        ]), status: 403)
    case .serverError:
      return .json(.object(["message": .string("Service unavailable")]), status: 503)
    case .conflict:
      return .json(
        .object([
          "errorMessages": .array([
            .string("The issue is being changed by another request; please try again.")
          ]), "errors": .object([:]), "detail": .string("Conflict"),
        ]), status: 409)
    case .payloadTooLarge: return Self.tooLarge
    case .reset: return await broken()
    default: break
    }
    if !isAdmin, await isPageTooLarge(&request) { return Self.tooLarge }
    if let refused { return refused }
    let response: Response
    do {
      response = try await router.handle(request)
    } catch let error as HTTPError {
      response = refusal(error, request)
    } catch {
      response = refusal(HTTPError(.internalServerError, "\(error)"), request)
    }
    if case .lostResponse = outcome { return await broken() }
    guard case .bytes(let body) = response.body else { return response }
    switch outcome {
    case .truncated: return .broken(after: Array(body.prefix(body.count / 2)), of: response)
    case .stalled: return .stalling(after: Array(body.prefix(body.count / 2)), of: response)
    case .garbage:
      return Response(
        status: .ok, headerFields: [.contentType: "text/html"],
        body: .bytes(Array("<!doctype html><title>Maintenance</title><h1>Back soon</h1>".utf8)))
    default: return response
    }
  }

  /// Counts the request and draws its fate.
  private func admit(_ request: Request) -> SandboxFaults.Outcome {
    let endpoint = "\(request.method.rawValue) \(Self.endpoint(request.path))"
    return state.withLock { state in
      state.stats.requests[endpoint, default: 0] += 1
      let isRead =
        request.method == .get || request.method == .head
        || request.path.contains("/search") || request.path.hasSuffix("/bulkfetch")
      if !isRead { state.stats.writes += 1 }
      if let (since, until) = state.stats.held[endpoint], (since..<until).contains(Date()) {
        state.stats.impatientRequests += 1
      }
      guard
        state.faults.meets(
          request.method.rawValue, request.path, endpoint: Self.endpoint(request.path)),
        state.faults.times.map({ state.played < $0 }) ?? true
      else { return .none }
      let outcome = state.faults.outcome(of: Double.random(in: 0..<1, using: &state.generator))
      if case .none = outcome { return outcome }
      state.played += 1
      state.stats.faults["\(outcome)", default: 0] += 1
      if case .rateLimited = outcome,
        Double(state.faults.retryAfterSeconds) > SandboxStats.inFlight
      {
        let answered = Date(
          timeIntervalSinceNow: Double(state.faults.latencyMilliseconds) / 1000)
        let until = answered.addingTimeInterval(Double(state.faults.retryAfterSeconds))
        let known = answered.addingTimeInterval(SandboxStats.inFlight)
        let before = state.stats.held[endpoint]
        let isHeld = before.map { $0.until > answered } ?? false
        state.stats.held[endpoint] = (
          isHeld ? min(before?.since ?? known, known) : known, max(before?.until ?? until, until)
        )
      }
      return outcome
    }
  }

  private static var tooLarge: Response {
    .json(
      .object([
        "errorMessages": .array([.string("The response would be too large.")]),
        "errors": .object([:]), "detail": .string("Payload too large"),
      ]), status: 413)
  }

  /// Ends the connection without a byte of answer, some time after the request.
  private func broken() async -> Response {
    let (faults, isDrawn) = state.withLock { state in
      (state.faults, Bool.random(using: &state.generator))
    }
    if faults.breaksAfterMilliseconds > 0 {
      try? await Task.sleep(for: .milliseconds(faults.breaksAfterMilliseconds))
    }
    return Response(
      body: .silence(resets: faults.breaksBy == .either ? isDrawn : faults.breaksBy == .reset))
  }

  /// Whether the request is for a page of more issues than `maxPageSize`; its body can be read again.
  private func isPageTooLarge(_ request: inout Request) async -> Bool {
    let most = faults.maxPageSize
    guard most > 0,
      faults.meets(
        request.method.rawValue, request.path, endpoint: Self.endpoint(request.path))
    else { return false }
    let stated = request.queryValue("maxResults") ?? request.queryValue("limit")
    var asked = stated.flatMap { Int($0) }
    if request.method == .post {
      let bytes = (try? await request.body.collect(upTo: 4 << 20)) ?? []
      request.body = RequestBody(bytes)
      let body = try? JSONValue(parsing: bytes)
      asked = body?["maxResults"]?.wholeNumber ?? body?["issueIdsOrKeys"]?.arrayValue?.count
    }
    return asked.map { $0 > most } ?? false
  }

  private func limited(_ request: Request) -> Response {
    let faults = faults
    var response = Response.json(
      .object([
        "errorMessages": .array([.string("Rate limit exceeded.")]), "errors": .object([:]),
        "detail": .string("You are attempting to use this endpoint too frequently."),
      ]), status: 429)
    if let value = faults.retryAfter { response.headerFields.set("Retry-After", value) }
    if let reason = faults.limitReason { response.headerFields.set("RateLimit-Reason", reason) }
    for (name, values) in faults.limitFields {
      guard let name = HTTPField.Name(name) else { continue }
      for value in values { response.headerFields.append(HTTPField(name: name, value: value)) }
    }
    return response
  }

  /// The path with ids and keys left out.
  static func endpoint(_ path: String) -> String {
    path.split(separator: "/").map { part in
      part.contains(where: \.isNumber) && part != "3" && part != "0" && part != "1.0" ? "{}" : part
    }.joined(separator: "/")
  }
}
