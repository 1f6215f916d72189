import Foundation
import HTTPServer
import HTTPTypes
import RESTClient

/// The console's sign-in.
struct SessionRoutes: Sendable {
  /// Largest body of a sign-in, in bytes: it needs no token.
  static let bodyLimit = 4096

  let authenticator: Authenticator
  let attempts: FailedAttempts
  /// Whether clients come by TLS, so that the cookie may be kept to it.
  let isSecure: Bool

  func register(in routes: inout RouteTable) {
    routes.open(.post, "/api/v1/session", create)
    routes.on(.get, "/session", .read, get)
    routes.open(.delete, "/api/v1/session", delete)
  }

  private func create(_ request: Request) async throws -> Response {
    var body = try await Call(request: request, principal: .nobody).fields(upTo: Self.bodyLimit)
    let token = body.required("token", 1...500)
    try body.finish()
    var principal = try await attempts.limiting(request, token: token) {
      try await authenticator.principal(ofToken: token)
    }
    principal.cause = .console
    let actor = principal.actor(request.headerFields[.requestID])
    let (secret, _) = try await Actor.$current.withValue(actor) {
      try await authenticator.sessions.create(tokenID: principal.tokenID)
    }
    var response = Response.json(Self.document(principal), status: .created)
    response.headerFields[.setCookie] = cookie(secret, maxAge: Int(SessionService.longestTime))
    response.headerFields[.cacheControl] = "no-store"
    return response
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    var response = Response.json(Self.document(call.principal))
    response.headerFields[.cacheControl] = "no-store"
    return response
  }

  /// Also without a session: who signs out wants to be signed out.
  private func delete(_ request: Request) async throws -> Response {
    if let secret = SessionCookie.secret(in: request) {
      try SessionCookie.requireConsole(request)
      try await authenticator.sessions.end(
        secret, requestID: request.headerFields[.requestID])
    }
    var response = Response.noContent
    response.headerFields[.setCookie] = cookie("", maxAge: 0)
    return response
  }

  private func cookie(_ value: String, maxAge: Int) -> String {
    "\(SessionCookie.name)=\(value); Path=/; Max-Age=\(maxAge); HttpOnly; SameSite=Strict"
      + (isSecure ? "; Secure" : "")
  }

  private static func document(_ principal: Principal) -> JSONValue {
    .object(["name": .string(principal.name), "scope": .string(principal.scope.rawValue)])
  }
}

extension Principal {
  /// Somebody who has not signed in yet.
  fileprivate static let nobody = Principal(name: "nobody", scope: .read)
}
