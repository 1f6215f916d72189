import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Many issues made at once.
struct JiraBulkEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.post, "/rest/api/3/issue/bulk", sandbox.authenticated(create))
  }

  /// At most 50. What can be made is made; 400 when that is nothing.
  private func create(_ request: Request) async throws -> Response {
    let bytes = try await request.body.collect(upTo: 32 << 20)
    sandbox.noteCreation(bytes)
    let updates = (try? JSONValue(parsing: bytes))?["issueUpdates"]?.arrayValue ?? []
    guard (1...50).contains(updates.count) else {
      return JiraSandbox.refusal(["Between 1 and 50 issues can be created at once."], status: 400)
    }
    var made: [JSONValue] = []
    var errors: [JSONValue] = []
    for (index, update) in updates.enumerated() {
      do throws(JiraFieldErrors) {
        let issue = try JiraIssueEndpoints.make(update, sandbox)
        made.append(JiraIssueEndpoints.reference(issue, sandbox))
      } catch {
        errors.append([
          "status": 400, "failedElementNumber": JSONValue(index),
          "elementErrors": [
            "errorMessages": .array(error.messages.map(JSONValue.string)),
            "errors": .object(error.errors.mapValues(JSONValue.string)),
            "status": 400,
          ],
        ])
      }
    }
    return .json(
      ["issues": .array(made), "errors": .array(errors)], status: made.isEmpty ? 400 : 201)
  }
}
