import RESTClient
import Testing

@testable import App

@Suite struct WriteThroughTests {
  private func jiraIssue(_ service: TestService) async throws -> JSONValue {
    try #require(
      try await service.call("GET", "/jira-issues?status_category=new&limit=1").data.first)
  }

  @Test func aChangedTicketReachesJiraAndIsStoredAsJiraAnswers() async throws {
    try await TestService.with { service in
      try await service.connect()
      let issue = try await jiraIssue(service)
      let id = issue["id"]?.wholeNumber ?? 0
      let changed = try await service.call(
        "PATCH", "/jira-issues/\(id)",
        ["summary": "Pay again", "labels": ["checkout", "urgent"], "priority": "High"])
      #expect(changed.status == 200)
      #expect(changed.text("summary") == "Pay again")
      #expect(changed.json["labels"] == ["checkout", "urgent"])
      #expect(changed.text("priority") == "High")
      // Read again from Jira, the copy stays what it is: Jira has it so.
      let organization =
        try await service.call("GET", "/jira-organizations").data[0]["id"]?
        .wholeNumber ?? 0
      let run = try await service.sync("jira", organization)
      #expect(run.id("issues_updated") == 0)
      #expect(try await service.call("GET", "/jira-issues/\(id)").text("summary") == "Pay again")
      let events = try await service.call(
        "GET", "/audit-events?resource_type=jira_issue&resource_id=\(id)"
      ).data
      #expect(events.count == 1)
      #expect(events.first?["after"]?["summary"] == "Pay again")
      #expect(events.first?["before"]?["summary"] == issue["summary"])
    }
  }

  @Test func aStaleChangeIsNotSentToTheVendor() async throws {
    try await TestService.with { service in
      try await service.connect()
      let issue = try await jiraIssue(service)["id"]?.wholeNumber ?? 0
      let error = try await service.openError()
      let stale = ["If-Match": "\"stale\""]
      let jira = try await service.call(
        "PATCH", "/jira-issues/\(issue)", ["summary": "x"], headers: stale)
      let sentry = try await service.call(
        "PATCH", "/sentry-issues/\(error)", ["status": "resolved"], headers: stale)
      #expect(jira.status == 412)
      #expect(sentry.status == 412)
      #expect(
        try await service.call("GET", "/sentry-issues/\(error)").text("status") == "unresolved")
    }
  }

  @Test(
    arguments: [
      (["summary": .null], "/summary"), (["summary": "a\nb"], "/summary"),
      (["labels": ["two words"]], "/labels"), (["status": "Done"], "/status"),
    ] as [(JSONValue, String)])
  func aChangeJiraCouldNotTakeIsRefusedBefore(body: JSONValue, pointer: String) async throws {
    try await TestService.with { service in
      try await service.connect()
      let id = try await jiraIssue(service)["id"]?.wholeNumber ?? 0
      let answer = try await service.call("PATCH", "/jira-issues/\(id)", body)
      #expect(answer.status == 422)
      #expect(answer.json["errors"]?.arrayValue?.first?["pointer"] == .string(pointer))
    }
  }

  @Test func jirasRefusalIsShownInItsOwnWords() async throws {
    try await TestService.with { service in
      try await service.connect()
      let id = try await jiraIssue(service)["id"]?.wholeNumber ?? 0
      let answer = try await service.call(
        "PATCH", "/jira-issues/\(id)", ["priority": "No such priority"])
      #expect(answer.status == 422)
      #expect(answer.json["vendor"]?["name"] == "jira")
      #expect(answer.json["vendor"]?["status"] == 400)
    }
  }

  @Test func aTicketMovesByATransitionThatJiraOffers() async throws {
    try await TestService.with { service in
      try await service.connect()
      let id = try await jiraIssue(service)["id"]?.wholeNumber ?? 0
      let offered = try await service.call("GET", "/jira-issues/\(id)/transitions").data
      let target = try #require(offered.first { $0["to_status_category"] == "indeterminate" })
      let status = target["to_status"] ?? .null
      let moved = try await service.call(
        "POST", "/jira-issues/\(id)/transitions", ["to_status": status])
      #expect(moved.status == 200)
      #expect(moved.json["status"] == status)
      let refused = try await service.call(
        "POST", "/jira-issues/\(id)/transitions", ["to_status": "Nowhere"])
      #expect(refused.status == 409)
      #expect(refused.text("detail").contains("it offers '"))
      let neither = try await service.call("POST", "/jira-issues/\(id)/transitions", [:])
      #expect(neither.status == 422)
    }
  }

  @Test func commentsArePagedAndWrittenAsRichText() async throws {
    try await TestService.with { service in
      try await service.connect()
      let id = try await jiraIssue(service)["id"]?.wholeNumber ?? 0
      for number in 1...3 {
        let made = try await service.call(
          "POST", "/jira-issues/\(id)/comments", ["body": .string("**Note** \(number)")])
        #expect(made.status == 201)
        #expect(made.text("body") == "Note \(number)")
      }
      let first = try await service.call("GET", "/jira-issues/\(id)/comments?limit=2")
      #expect(first.data.map { $0["body"]?.stringValue } == ["Note 1", "Note 2"])
      let cursor = first.text("next_cursor")
      let second = try await service.call(
        "GET", "/jira-issues/\(id)/comments?limit=2&cursor=\(cursor)")
      #expect(second.data.map { $0["body"]?.stringValue } == ["Note 3"])
      #expect(second.json["next_cursor"] == .null)
    }
  }

  @Test func aResolvedErrorReachesSentry() async throws {
    try await TestService.with { service in
      try await service.connect()
      let id = try await service.openError()
      let changed = try await service.call(
        "PATCH", "/sentry-issues/\(id)", ["status": "resolved"])
      #expect(changed.status == 200)
      #expect(changed.text("status") == "resolved")
      let organization =
        try await service.call("GET", "/sentry-organizations").data[0]["id"]?
        .wholeNumber ?? 0
      let run = try await service.sync("sentry", organization)
      #expect(run.id("issues_updated") == 0)
      let events = try await service.call(
        "GET", "/audit-events?resource_type=sentry_issue&resource_id=\(id)"
      ).data
      #expect(events.first?["before"]?["status"] == "unresolved")
      #expect(events.first?["after"]?["status"] == "resolved")
      let refused = try await service.call("PATCH", "/sentry-issues/\(id)", ["status": "gone"])
      #expect(refused.status == 422)
    }
  }
}
