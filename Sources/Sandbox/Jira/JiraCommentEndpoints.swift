import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Comments and remote links.
struct JiraCommentEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.get, "/rest/api/3/issue/{key}/comment", sandbox.authenticated(comments))
    router.on(.post, "/rest/api/3/issue/{key}/comment", sandbox.authenticated(add))
    router.on(.get, "/rest/api/3/issue/{key}/remotelink", sandbox.authenticated(links))
    router.on(.post, "/rest/api/3/issue/{key}/remotelink", sandbox.authenticated(upsertLink))
    router.on(
      .delete, "/rest/api/3/issue/{key}/remotelink/{link}", sandbox.authenticated(deleteLink))
  }

  private func comments(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let start = max(0, Int(request.queryValue("startAt") ?? "") ?? 0)
    let all = sandbox.state.withLock { $0.comments[issue.id] ?? [] }
    return .json(
      .object([
        "startAt": JSONValue(start), "maxResults": .integer(100), "total": JSONValue(all.count),
        "comments": .array(
          all.dropFirst(start).prefix(100).map { sandbox.json.comment($0, of: issue.id) }),
      ]))
  }

  private func add(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    guard let body = try await request.json()?["body"], body["type"]?.stringValue == "doc" else {
      return JiraSandbox.refusal(
        [], errors: ["comment": "Comment body is not valid!"], status: 400)
    }
    let comment = sandbox.state.withLock { state in
      let comment = SandboxComment(id: state.makeID(), body: body, created: Date())
      state.comments[issue.id, default: []].append(comment)
      state.update(issue.id) { _ in }
      return comment
    }
    sandbox.change("comment_created", issue.id)
    return .json(sandbox.json.comment(comment, of: issue.id), status: 201)
  }

  private func links(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let wanted = request.queryValue("globalId")
    let links = sandbox.state.withLock { $0.remoteLinks[issue.id] ?? [] }
      .filter { wanted == nil || $0.globalID == wanted }
    return .json(.array(links.map { json($0, issue.id) }))
  }

  /// 201 for a new one, 200 where the global id is there already.
  private func upsertLink(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    guard let body = try await request.json(), let object = body["object"],
      object["url"]?.stringValue?.isEmpty == false, object["title"]?.stringValue?.isEmpty == false
    else {
      return JiraSandbox.refusal([], errors: ["title": "'title' is required."], status: 400)
    }
    let globalID = body["globalId"]?.stringValue
    guard globalID?.count ?? 0 <= 255 else {
      return JiraSandbox.refusal([], errors: ["globalId": "'globalId' is too long."], status: 400)
    }
    let (link, isNew) = sandbox.state.withLock { state -> (SandboxRemoteLink, Bool) in
      var links = state.remoteLinks[issue.id] ?? []
      defer { state.remoteLinks[issue.id] = links }
      if let index = links.firstIndex(where: { $0.globalID != nil && $0.globalID == globalID }) {
        links[index].object = object
        return (links[index], false)
      }
      links.append(SandboxRemoteLink(id: state.makeID(), globalID: globalID, object: object))
      return (links[links.count - 1], true)
    }
    return .json(
      .object([
        "id": .integer(link.id),
        "self": .string("\(sandbox.baseURL)/rest/api/3/issue/\(issue.id)/remotelink/\(link.id)"),
      ]), status: isNew ? 201 : 200)
  }

  private func deleteLink(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let id = Int64(request.parameters["link"] ?? "")
    sandbox.state.withLock { $0.remoteLinks[issue.id]?.removeAll { $0.id == id } }
    return .noContent
  }

  private func json(_ link: SandboxRemoteLink, _ issueID: Int64) -> JSONValue {
    var object: [String: JSONValue] = [
      "id": .integer(link.id), "object": link.object,
      "self": .string("\(sandbox.baseURL)/rest/api/3/issue/\(issueID)/remotelink/\(link.id)"),
    ]
    if let globalID = link.globalID { object["globalId"] = .string(globalID) }
    return .object(object)
  }
}
