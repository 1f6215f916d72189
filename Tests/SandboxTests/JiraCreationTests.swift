import JiraClient
import RESTClient
import Testing

@testable import Sandbox

/// What creating, finding and changing tickets depends on at the site.
@Suite struct JiraCreationTests {
  private func make(_ jira: JiraAtTheWire, labels: JSONValue = ["x"]) async throws -> String {
    let fields: [String: JSONValue] = [
      "project": ["key": "WEB"], "issuetype": ["id": "10004"], "summary": "Broken",
      "labels": labels,
    ]
    return try await jira.client.createIssue(JiraNewIssue(fields: fields)).key
  }

  private func send(_ jira: JiraAtTheWire, _ method: String, _ path: String, _ body: JSONValue?)
    async throws -> JSONValue
  {
    let request = RESTClient.Request(
      method, "/rest/api/3" + path, body: body?.encoded(), endpoint: path)
    let response = try await jira.client.rest.send(request)
    return response.body.isEmpty ? .null : try JSONValue(parsing: response.body)
  }

  @Test func `names follow the account's language; ids and untranslated names do not`()
    async throws
  {
    let jira = try await JiraAtTheWire()
    #expect(try await jira.act("settings", ["language": "ru"]) == 204)
    let path = "/issue/createmeta/WEB/issuetypes"
    let types = try await send(jira, "GET", path, nil)["issueTypes"]?.arrayValue ?? []
    let bug = try #require(types.first { $0["id"] == "10004" })
    #expect(bug["name"] == "Ошибка")
    #expect(bug["untranslatedName"] == "Bug")
    #expect(types.first { $0["untranslatedName"] == "Epic" }?["hierarchyLevel"] == 1)
    let fields = try await send(jira, "GET", path + "/10004", nil)["fields"]?.arrayValue ?? []
    let priority = try #require(fields.first { $0["key"] == "priority" })
    #expect(priority["allowedValues"]?.arrayValue?[1]["name"] == "Высокий")
    await jira.sandbox.stop()
  }

  @Test func `a sub-task needs a parent, and a field that is on no screen is refused`()
    async throws
  {
    let jira = try await JiraAtTheWire()
    var fields: [String: JSONValue] = [
      "project": ["key": "WEB"], "issuetype": ["id": "10003"], "summary": "Part",
    ]
    await #expect(throws: RESTError.self) {
      try await jira.client.createIssue(JiraNewIssue(fields: fields))
    }
    fields["parent"] = ["key": "WEB-1"]
    _ = try await jira.client.createIssue(JiraNewIssue(fields: fields))
    #expect(try await jira.act("projects/WEB/settings", ["off_screen": ["labels"]]) == 204)
    let refused = await #expect(throws: RESTError.self) { try await make(jira) }
    #expect(refused?.sentence.contains("It is not on the appropriate screen") == true)
    await jira.sandbox.stop()
  }

  @Test func `tickets are found by the global ids of their remote links, at most 100 at once`()
    async throws
  {
    let jira = try await JiraAtTheWire()
    let key = try await make(jira)
    try await jira.client.upsertRemoteLink(
      key, JiraRemoteLink(globalID: "a:1", url: "https://x.example", title: "X"))
    let jql =
      #"issue in issuesWithRemoteLinksByGlobalId("none", "a:1") and creator = currentUser()"#
    #expect(try await jira.client.search(jql: jql, fields: []).issues.map(\.key) == [key])
    let many = (0...100).map { "\"g\($0)\"" }.joined(separator: ",")
    await #expect(throws: RESTError.self) {
      try await jira.client.search(
        jql: "issue in issuesWithRemoteLinksByGlobalId(\(many))", fields: [])
    }
    await jira.sandbox.stop()
  }

  @Test func `labels of many tickets are removed by a task, where the account may do that`()
    async throws
  {
    let jira = try await JiraAtTheWire()
    let keys = [try await make(jira, labels: ["a", "keep"]), try await make(jira, labels: ["b"])]
    let body: JSONValue = [
      "selectedIssueIdsOrKeys": .array(keys.map(JSONValue.string) + ["WEB-999"]),
      "selectedActions": ["labels"], "sendBulkNotification": false,
      "editedFieldsInput": [
        "labelsFields": [
          [
            "fieldId": "labels", "bulkEditMultiSelectFieldOption": "REMOVE",
            "labels": [["name": "a"], ["name": "b"]],
          ]
        ]
      ],
    ]
    let task = try await send(jira, "POST", "/bulk/issues/fields", body)["taskId"]?.stringValue
    let path = "/bulk/queue/\(task ?? "")"
    var progress = try await send(jira, "GET", path, nil)
    #expect(progress["status"] == "RUNNING")
    while progress["status"] == "RUNNING" { progress = try await send(jira, "GET", path, nil) }
    #expect(progress["processedAccessibleIssues"]?.arrayValue?.count == 2)
    #expect(progress["invalidOrInaccessibleIssueCount"] == 1)
    #expect(jira.sandbox.labels(of: keys[0]) == ["keep"])
    #expect(jira.sandbox.labels(of: keys[1]) == [])
    #expect(try await jira.act("settings", ["bulk_change": false]) == 204)
    let refused = await #expect(throws: RESTError.self) {
      try await send(jira, "POST", "/bulk/issues/fields", body)
    }
    #expect(refused?.status == 403)
    await jira.sandbox.stop()
  }

  @Test func `a security level can hide a ticket from the account that created it`()
    async throws
  {
    let jira = try await JiraAtTheWire()
    #expect(try await jira.act("projects/WEB/settings", ["hides_new_issues": true]) == 204)
    let key = try await make(jira, labels: ["hidden"])
    let refused = await #expect(throws: RESTError.self) {
      try await jira.client.issue(key, fields: ["status", "updated"])
    }
    #expect(refused?.status == 404)
    let jql = #"labels = "hidden""#
    #expect(try await jira.client.search(jql: jql, fields: []).issues.isEmpty)
    #expect(try await jira.client.issues([key], fields: ["status", "updated"]).isEmpty)
    #expect(try await jira.act("issues/\(key)/visibility", ["hidden": false]) == 204)
    #expect(try await jira.client.search(jql: jql, fields: []).issues.map(\.key) == [key])
    await jira.sandbox.stop()
  }
}
