import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Comments at issues.
struct SentryCommentEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let path = "/api/0/organizations/{org}/issues/{issue}/comments/"
    router.on(.get, path, sandbox.authenticated(list))
    router.on(.post, path, sandbox.authenticated(add))
  }

  private func list(_ request: Request) async throws -> Response {
    let (issue, _) = try sandbox.issue(request)
    return SentryPage.respond(
      issue.comments.reversed().map(sandbox.json.note), request, sandbox.baseURL)
  }

  private func add(_ request: Request) async throws -> Response {
    let (issue, _) = try sandbox.issue(request)
    guard let text = try await request.json()?["text"]?.stringValue, !text.isEmpty else {
      return .json(["text": ["This field is required."]], status: 400)
    }
    let isRepeated = issue.comments.contains {
      $0.text == text && $0.date > Date(timeIntervalSinceNow: -3600)
    }
    guard !isRepeated else {
      return SentrySandbox.refusal("You have already posted that comment.", status: 400)
    }
    let note = sandbox.state.withLock { state in
      let note = SandboxSentryNote(id: state.makeID(), text: text, date: Date())
      state.issues[issue.id]?.comments.append(note)
      return note
    }
    return .json(sandbox.json.note(note), status: 201)
  }
}
