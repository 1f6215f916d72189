import Foundation
package import RESTClient

/// A new issue as it is sent to Jira.
package struct JiraNewIssue: Sendable, Equatable {
  package var fields: [String: JSONValue]
  /// Issue properties set with it, ≤ 32,768 characters each.
  package var properties: [(key: String, value: JSONValue)]

  package init(
    fields: [String: JSONValue], properties: [(key: String, value: JSONValue)] = []
  ) {
    self.fields = fields
    self.properties = properties
  }

  package static func == (left: JiraNewIssue, right: JiraNewIssue) -> Bool {
    left.json == right.json
  }

  /// The body of the request.
  package var json: JSONValue {
    var body: [String: JSONValue] = ["fields": .object(fields)]
    if !properties.isEmpty {
      body["properties"] = .array(
        properties.map { .object(["key": .string($0.key), "value": $0.value]) })
    }
    return .object(body)
  }
}

/// What became of issues that were created with one request.
package struct JiraBulkCreation: Sendable {
  /// By position in the request.
  package var created: [Int: JiraCreatedIssue] = [:]
  /// Jira's refusals by position in the request.
  package var refused: [Int: RESTError] = [:]
}

extension JiraClient {
  /// Most issues in one request.
  package static let maxBulkCreation = 50

  /// Creates an issue. There is no idempotency key: after a failure that `mayHaveBeenReceived` the
  /// issue may exist.
  package func createIssue(_ issue: JiraNewIssue) async throws -> JiraCreatedIssue {
    let request = RESTClient.Request(
      "POST", "/rest/api/3/issue", body: issue.json.encoded(), endpoint: "issue")
    return try await rest.decode(JiraCreatedIssue.self, request)
  }

  /// Creates ≤ 50 issues, each or not by itself. After a failure that `mayHaveBeenReceived` any of
  /// them may exist.
  package func createIssues(_ issues: [JiraNewIssue]) async throws -> JiraBulkCreation {
    let body = JSONValue.object(["issueUpdates": .array(issues.map(\.json))])
    let request = RESTClient.Request(
      "POST", "/rest/api/3/issue/bulk", body: body.encoded(), endpoint: "issue/bulk")
    do {
      let answer = try await rest.decode(BulkAnswer.self, request)
      return try answer.outcome(of: issues.count, request)
    } catch let error as RESTError where error.status == 400 {
      // Where nothing could be created, the same body comes with 400.
      guard let answer = BulkAnswer(error.bodyValue), !answer.errors.isEmpty,
        let outcome = try? answer.outcome(of: issues.count, request)
      else { throw error }
      return outcome
    }
  }

  /// Removes a label; one that is not there is no error.
  ///
  /// - Returns: the issue afterwards; nil when the site does not answer with it.
  package func removeLabel(_ label: String, from idOrKey: String) async throws -> JiraIssue? {
    let body: JSONValue = ["update": ["labels": [["remove": .string(label)]]]]
    let request = RESTClient.Request(
      "PUT", Self.path(idOrKey), query: [("returnIssue", "true")], body: body.encoded(),
      endpoint: "issue", isRepeatable: true)
    let response = try await rest.send(request)
    return try? JSONDecoder().decode(JiraIssue.self, from: Data(response.body))
  }

  /// Submits the removal of labels from ≤ 1000 issues at once, without mails to people. It needs the
  /// global permission for bulk changes.
  ///
  /// - Returns: the id of Jira's task.
  package func removeLabels(_ labels: [String], from ids: [String]) async throws -> String {
    struct Answer: Decodable { var taskId: String }
    let body: JSONValue = [
      "selectedIssueIdsOrKeys": .array(ids.map(JSONValue.string)),
      "selectedActions": ["labels"], "sendBulkNotification": false,
      "editedFieldsInput": [
        "labelsFields": [
          [
            "fieldId": "labels", "bulkEditMultiSelectFieldOption": "REMOVE",
            "labels": .array(labels.map { ["name": .string($0)] }),
          ]
        ]
      ],
    ]
    let request = RESTClient.Request(
      "POST", "/rest/api/3/bulk/issues/fields", body: body.encoded(),
      endpoint: "bulk/issues/fields", isRepeatable: true)
    return try await rest.decode(Answer.self, request).taskId
  }

  /// - Returns: whether Jira is done with a task, well or not.
  package func hasEnded(bulkTask id: String) async throws -> Bool {
    struct Answer: Decodable { var status: String }
    let request = RESTClient.Request(
      "GET", "/rest/api/3/bulk/queue/\(RESTClient.encoded(id))", endpoint: "bulk/queue")
    let status = try await rest.decode(Answer.self, request).status
    return !["ENQUEUED", "RUNNING", "CANCEL_REQUESTED"].contains(status)
  }
}

/// The answer to a creation of many.
private struct BulkAnswer: Decodable {
  struct Failure: Decodable {
    var failedElementNumber: Int
    var status: Int?
    var elementErrors: JSONValue?
  }

  var issues: [JiraCreatedIssue]
  var errors: [Failure]

  private enum CodingKeys: String, CodingKey { case issues, errors }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    issues = try container.decodeIfPresent([JiraCreatedIssue].self, forKey: .issues) ?? []
    errors = try container.decodeIfPresent([Failure].self, forKey: .errors) ?? []
  }

  init?(_ json: JSONValue) {
    guard case .array(let items)? = json["errors"] else { return nil }
    issues = []
    errors = items.compactMap { item in
      item["failedElementNumber"]?.wholeNumber.map {
        Failure(
          failedElementNumber: $0, status: item["status"]?.wholeNumber,
          elementErrors: item["elementErrors"])
      }
    }
  }

  /// The issues come in the order of the request, without those that were refused.
  ///
  /// - Throws: `RESTError` when the numbers do not add up; anything may have been created then.
  func outcome(of count: Int, _ request: RESTClient.Request) throws -> JiraBulkCreation {
    var outcome = JiraBulkCreation()
    for failure in errors where (0..<count).contains(failure.failedElementNumber) {
      outcome.refused[failure.failedElementNumber] = RESTError.refused(
        request, status: failure.status ?? 400, body: failure.elementErrors ?? .null)
    }
    let positions = (0..<count).filter { outcome.refused[$0] == nil }
    guard positions.count == issues.count else {
      throw RESTError.unclear(
        request,
        "\(count) issues were sent, \(issues.count) were created and \(outcome.refused.count) refused"
      )
    }
    for (position, issue) in zip(positions, issues) { outcome.created[position] = issue }
    return outcome
  }
}
