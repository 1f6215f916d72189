import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Who comes in, and by which way: the site's own address, where tokens without scopes work, or
/// Atlassian's gateway below `/ex/jira/{cloudId}`, where tokens with scopes and service accounts do too.
struct JiraGatewayGate: Sendable {
  static let path = "/ex/jira/"
  static let allScopes: Set = ["read:jira-user", "read:jira-work", "write:jira-work"]
  /// Says to handlers that a request came by the gateway.
  private static let mark = "X-Sandbox-Gateway"

  let sandbox: JiraSandbox

  /// Takes the gateway's part off the path.
  ///
  /// - Returns: a refusal; nil lets the request in.
  func admit(_ request: inout Request) -> Response? {
    request.headerFields.set(Self.mark, "")
    if request.path.hasPrefix(Self.path) {
      let rest = request.path.dropFirst(Self.path.count)
      let id = rest.prefix { $0 != "/" }
      guard id == sandbox.cloudID else {
        return .json(["code": 404, "message": "No site with this cloudId was found."], status: 404)
      }
      request.path = String(rest[id.endIndex...])
      request.headerFields.set(Self.mark, "1")
    }
    if request.path == "/_edge/tenant_info" { return nil }
    if let refused = sandbox.refusal.response(to: request) { return refused }
    return scopeRefusal(request)
  }

  private func scopeRefusal(_ request: Request) -> Response? {
    guard isScoped(request), let scope = Self.scope(request),
      !sandbox.state.withLock({ $0.scopes.contains(scope) })
    else { return nil }
    return .json(["code": 401, "message": "Unauthorized; scope does not match"], status: 401)
  }

  private func isScoped(_ request: Request) -> Bool {
    let given = request.headerFields[.authorization]
    return isGateway(request)
      && (given == basic(sandbox.configuration.scopedToken)
        || given == "Bearer \(sandbox.configuration.serviceToken)")
  }

  private func isGateway(_ request: Request) -> Bool {
    request.headerFields.value(Self.mark) == "1"
  }

  private func basic(_ token: String) -> String {
    "Basic " + Data("\(sandbox.configuration.username):\(token)".utf8).base64EncodedString()
  }

  /// Whether the credentials are good on the way that the request took.
  func knows(_ request: Request) -> Bool {
    request.headerFields[.authorization] == basic(sandbox.configuration.apiToken)
      || isScoped(request)
  }

  /// Searches and the like are reads, whatever their method.
  private static func scope(_ request: Request) -> String? {
    let path = request.path
    if path.hasSuffix("/myself") || path.contains("/user") { return "read:jira-user" }
    let isRead =
      request.method == .get || path.contains("/search") || path.hasSuffix("/bulkfetch")
    return isRead ? "read:jira-work" : "write:jira-work"
  }
}
