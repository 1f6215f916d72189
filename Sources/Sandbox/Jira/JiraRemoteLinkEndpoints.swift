import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Links from issues to things elsewhere.
struct JiraRemoteLinkEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    let path = "/rest/api/3/issue/{key}/remotelink"
    router.on(.get, path, sandbox.authenticated(list))
    router.on(.post, path, sandbox.authenticated(upsert))
    router.on(.delete, path, sandbox.authenticated(deleteByGlobalID))
    router.on(.get, path + "/{link}", sandbox.authenticated(get))
    router.on(.put, path + "/{link}", sandbox.authenticated(update))
    router.on(.delete, path + "/{link}", sandbox.authenticated(delete))
  }

  private func links(_ issue: SandboxJiraIssue) -> [SandboxRemoteLink] {
    sandbox.state.withLock { $0.remoteLinks[issue.id] ?? [] }
  }

  /// All of them, or with a global id that one alone.
  private func list(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    guard let wanted = request.queryValue("globalId") else {
      return .json(.array(links(issue).map { json($0, issue.id) }))
    }
    guard let link = links(issue).first(where: { $0.globalID == wanted }) else {
      return missing("globalId '\(wanted)'")
    }
    return .json(json(link, issue.id))
  }

  /// 201 for a new one, 200 where the global id is there already.
  private func upsert(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let body = try await request.json()
    let errors = Self.errors(body)
    guard errors.isEmpty, let body else {
      return JiraSandbox.refusal([], errors: errors, status: 400)
    }
    let (link, isNew) = sandbox.state.withLock { state -> (SandboxRemoteLink, Bool) in
      var links = state.remoteLinks[issue.id] ?? []
      defer { state.remoteLinks[issue.id] = links }
      let globalID = body["globalId"]?.stringValue
      let index = links.firstIndex { $0.globalID != nil && $0.globalID == globalID }
      let link = SandboxRemoteLink(id: index.map { links[$0].id } ?? state.makeID(), body: body)
      if let index { links[index] = link } else { links.append(link) }
      return (link, index == nil)
    }
    return .json(
      ["id": .integer(link.id), "self": .string(address(link.id, issue.id))],
      status: isNew ? 201 : 200)
  }

  private func deleteByGlobalID(_ request: Request) async throws -> Response {
    guard let globalID = request.queryValue("globalId") else {
      return JiraSandbox.refusal(["The globalId is required."], status: 400)
    }
    return try remove(request) { $0.globalID == globalID }
  }

  private func get(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let wanted = request.parameters["link"] ?? ""
    guard let link = links(issue).first(where: { String($0.id) == wanted }) else {
      return missing("id '\(wanted)'")
    }
    return .json(json(link, issue.id))
  }

  private func update(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let wanted = request.parameters["link"] ?? ""
    let body = try await request.json()
    let errors = Self.errors(body)
    guard errors.isEmpty, let body else {
      return JiraSandbox.refusal([], errors: errors, status: 400)
    }
    let isThere = sandbox.state.withLock { state -> Bool in
      let index = state.remoteLinks[issue.id]?.firstIndex { String($0.id) == wanted }
      guard let index, let id = state.remoteLinks[issue.id]?[index].id else { return false }
      state.remoteLinks[issue.id]?[index] = SandboxRemoteLink(id: id, body: body)
      return true
    }
    return isThere ? .noContent : missing("id '\(wanted)'")
  }

  private func delete(_ request: Request) async throws -> Response {
    let wanted = request.parameters["link"] ?? ""
    return try remove(request) { String($0.id) == wanted }
  }

  private func remove(_ request: Request, _ isMeant: @Sendable (SandboxRemoteLink) -> Bool) throws
    -> Response
  {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let isGone = sandbox.state.withLock { state -> Bool in
      let count = state.remoteLinks[issue.id]?.count ?? 0
      state.remoteLinks[issue.id]?.removeAll(where: isMeant)
      return (state.remoteLinks[issue.id]?.count ?? 0) < count
    }
    return isGone ? .noContent : missing("that id")
  }

  private func missing(_ name: String) -> Response {
    JiraSandbox.refusal(["There is no remote issue link with \(name)."], status: 404)
  }

  private static func errors(_ body: JSONValue?) -> [String: String] {
    var errors: [String: String] = [:]
    for name in ["title", "url"] where body?["object"]?[name]?.stringValue?.isEmpty ?? true {
      errors[name] = "'\(name)' is required."
    }
    if body?["globalId"]?.stringValue?.count ?? 0 > 255 {
      errors["globalId"] = "'globalId' should be less than 255 characters."
    }
    return errors
  }

  private func address(_ link: Int64, _ issue: Int64) -> String {
    "\(sandbox.baseURL)/rest/api/3/issue/\(issue)/remotelink/\(link)"
  }

  private func json(_ link: SandboxRemoteLink, _ issue: Int64) -> JSONValue {
    var object: [String: JSONValue] = [
      "id": .integer(link.id), "self": .string(address(link.id, issue)), "object": link.object,
    ]
    if let globalID = link.globalID { object["globalId"] = .string(globalID) }
    if let application = link.application { object["application"] = application }
    if let relationship = link.relationship { object["relationship"] = .string(relationship) }
    return .object(object)
  }
}
