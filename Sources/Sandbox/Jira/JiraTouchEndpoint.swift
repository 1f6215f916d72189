import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Changes many issues at once, for measurements.
struct JiraTouchEndpoint: Sendable {
  enum Change: String {
    case summary, comment, status
  }

  let sandbox: JiraSandbox

  func register(in router: inout Router) { router.on(.post, "/sandbox/touch", touch) }

  /// `{"issues":500,"changes":["summary","comment","status"]}`: changes so many issues, spread over all
  /// projects and the same each time, in the ways given, in turn; without them their summaries.
  private func touch(_ request: Request) async throws -> Response {
    let body = try await request.json()
    let count = body?["issues"]?.wholeNumber ?? 0
    let names = (body?["changes"]?.arrayValue ?? ["summary"]).compactMap(\.stringValue)
    let changes = names.compactMap(Change.init)
    guard !changes.isEmpty, changes.count == names.count else {
      return JiraSandbox.refusal(["Changes are summary, comment and status."], status: 400)
    }
    sandbox.state.withLock { state in
      let ids = state.issues.keys.sorted()
      let step = max(1, ids.count / max(1, count))
      state.touches += 1
      for number in 0..<min(count, ids.count) {
        // Ids go round the projects: always the same step could meet one project alone.
        apply(changes[number % changes.count], to: ids[number * step + number % step], &state)
      }
    }
    return .noContent
  }

  private func apply(_ change: Change, to id: Int64, _ state: inout JiraState) {
    switch change {
    case .summary:
      let touch = state.touches
      state.update(id) { $0.summary = "Changed \(touch): " + $0.summary.suffix(200) }
    case .comment:
      _ = state.comment(id, JiraText.document("Seen again."), by: SandboxPerson.person)
    case .status: advance(id, &state)
    }
  }

  /// Moves an issue to the next status of its workflow, from the last one to the first.
  private func advance(_ id: Int64, _ state: inout JiraState) {
    guard let issue = state.issues[id] else { return }
    let statuses = state.workflow(of: issue).statuses
    let place = statuses.firstIndex { $0.id == issue.statusID } ?? 0
    state.transition(id, to: statuses[(place + 1) % statuses.count].id, resolution: nil)
  }
}
