import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// An issue's properties: JSON that programs keep with it and people do not see.
struct JiraPropertyEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/api/3/issue/{key}/properties"
    router.on(.get, path, sandbox.authenticated(list))
    router.on(.get, path + "/{property}", sandbox.authenticated(get))
    router.on(.put, path + "/{property}", sandbox.authenticated(set))
    router.on(.delete, path + "/{property}", sandbox.authenticated(delete))
  }

  private func list(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let keys = issue.properties.keys.sorted().map { key -> JSONValue in
      [
        "key": .string(key),
        "self": .string("\(sandbox.baseURL)/rest/api/3/issue/\(issue.id)/properties/\(key)"),
      ]
    }
    return .json(["keys": .array(keys)])
  }

  private func missing(_ key: String) -> Response {
    JiraSandbox.refusal(["The property '\(key)' does not exist."], status: 404)
  }

  private func get(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let key = request.parameters["property"] ?? ""
    guard let value = issue.properties[key] else { return missing(key) }
    return .json(["key": .string(key), "value": value])
  }

  /// 201 for a new one, 200 for one that was there. The issue's `updated` stays.
  private func set(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let key = request.parameters["property"] ?? ""
    guard let value = try await request.json(), value.encoded().count <= 32_768 else {
      return JiraSandbox.refusal(
        ["The property value must be JSON of at most 32768 characters."], status: 400)
    }
    let isNew = sandbox.state.withLock { state in
      state.issues[issue.id]?.properties.updateValue(value, forKey: key) == nil
    }
    return .json([:], status: isNew ? 201 : 200)
  }

  private func delete(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let key = request.parameters["property"] ?? ""
    let gone = sandbox.state.withLock { $0.issues[issue.id]?.properties.removeValue(forKey: key) }
    return gone == nil ? missing(key) : .noContent
  }
}
