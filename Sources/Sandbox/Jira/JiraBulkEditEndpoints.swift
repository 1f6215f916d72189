import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// A change of many issues that Jira works through by itself.
struct SandboxBulkTask: Sendable {
  var id: String
  var issues: [Int64]
  /// How many of the issues do not exist or cannot be seen.
  var unknown = 0
  var created = Date()
  var ended: Date?
  /// What failed, by issue.
  var failed: [Int64: String] = [:]
}

/// Changes of many issues at once, and how far they have come.
struct JiraBulkEditEndpoints: Sendable {
  static let maxIssues = 1000
  /// How long a task takes.
  static let duration: Duration = .milliseconds(150)

  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.post, "/rest/api/3/bulk/issues/fields", sandbox.authenticated(edit))
    router.on(.get, "/rest/api/3/bulk/queue/{task}", sandbox.authenticated(progress))
  }

  private var mayChange: Bool { sandbox.settings.mayChangeInBulk }

  private func forbidden() -> Response {
    JiraSandbox.refusal(
      ["You do not have the global permission to make bulk changes."], status: 403)
  }

  /// Of the fields only labels are known here.
  private func edit(_ request: Request) async throws -> Response {
    guard mayChange else { return forbidden() }
    let body = try await request.json()
    let wanted = (body?["selectedIssueIdsOrKeys"]?.arrayValue ?? []).compactMap(\.stringValue)
    guard (1...Self.maxIssues).contains(wanted.count) else {
      return JiraSandbox.refusal(["Between 1 and 1000 issues can be changed at once."], status: 400)
    }
    let edits = body?["editedFieldsInput"]?["labelsFields"]?.arrayValue ?? []
    let actions = body?["selectedActions"]?.arrayValue ?? []
    guard actions == ["labels"], !edits.isEmpty,
      edits.allSatisfy({ $0["fieldId"] == "labels" && Self.option($0) != nil })
    else {
      return JiraSandbox.refusal(
        ["The fields of editedFieldsInput must be those of selectedActions."], status: 400)
    }
    let task = sandbox.state.withLock { state in
      let found = wanted.compactMap { state.issue($0) }.filter { !$0.isHidden }.map(\.id)
      let task = SandboxBulkTask(
        id: String(state.makeID()), issues: found, unknown: wanted.count - found.count)
      state.bulkTasks[task.id] = task
      return task
    }
    Task {
      try await Task.sleep(for: Self.duration)
      apply(edits, task)
    }
    return .json(["taskId": .string(task.id)], status: 201)
  }

  private enum Option: String { case ADD, REMOVE, REPLACE, REMOVE_ALL }

  private static func option(_ edit: JSONValue) -> Option? {
    edit["bulkEditMultiSelectFieldOption"]?.stringValue.flatMap(Option.init)
  }

  private func apply(_ edits: [JSONValue], _ task: SandboxBulkTask) {
    for id in task.issues {
      let error = sandbox.state.withLock { state -> String? in
        guard let issue = state.issues[id] else { return "The issue no longer exists." }
        var labels = issue.labels
        for edit in edits {
          let given = (edit["labels"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
          switch Self.option(edit) {
          case .ADD?: labels = labels.filter { !given.contains($0) } + given
          case .REMOVE?: labels.removeAll { given.contains($0) }
          case .REPLACE?: labels = given
          case .REMOVE_ALL?: labels = []
          case nil: break
          }
        }
        guard labels != issue.labels else { return nil }
        do throws(JiraFieldErrors) {
          try JiraFields.apply(["labels": .array(labels.map(JSONValue.string))], to: id, in: &state)
          return nil
        } catch {
          return error.errors.values.sorted().joined(separator: " ")
        }
      }
      if let error {
        sandbox.state.withLock { $0.bulkTasks[task.id]?.failed[id] = error }
      } else {
        sandbox.change("jira:issue_updated", id)
      }
    }
    sandbox.state.withLock { $0.bulkTasks[task.id]?.ended = Date() }
  }

  private func progress(_ request: Request) async throws -> Response {
    guard mayChange else { return forbidden() }
    guard let task = sandbox.state.withLock({ $0.bulkTasks[request.parameters["task"] ?? ""] })
    else {
      return JiraSandbox.refusal(
        ["The task associated with this taskId is not a bulk operation task"], status: 400)
    }
    func milliseconds(_ date: Date) -> JSONValue {
      JSONValue(Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
    var object: [String: JSONValue] = [
      "taskId": .string(task.id), "status": .string(task.ended == nil ? "RUNNING" : "COMPLETE"),
      "progressPercent": task.ended == nil ? 0 : 100,
      "submittedBy": ["accountId": .string(SandboxPerson.service)],
      "created": milliseconds(task.created), "started": milliseconds(task.created),
      "updated": milliseconds(task.ended ?? Date()),
      "totalIssueCount": JSONValue(task.issues.count + task.unknown),
      "invalidOrInaccessibleIssueCount": JSONValue(task.unknown),
    ]
    if task.ended != nil {
      object["processedAccessibleIssues"] = .array(
        task.issues.filter { task.failed[$0] == nil }.map { JSONValue($0) })
      if !task.failed.isEmpty {
        object["failedAccessibleIssues"] = .object(
          Dictionary(
            task.failed.map { (String($0.key), JSONValue.array([.string($0.value)])) }
          ) { $1 })
      }
    }
    return .json(.object(object))
  }
}
