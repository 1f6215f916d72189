import Foundation
import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// One bad record fails alone and by name.
@Suite struct BadRecordTests {
  /// Members of an issue's fields as raw JSON, and what is stored of them; nil: the issue fails by its key.
  static let odd: [(fields: [String: String], stored: [String: String]?)] = [
    (["labels": #"["ok","a\u0000b"]"#], ["labels": "{ok,ab}"]),
    (["labels": #"["ok","a\u001fb"]"#], ["labels": "{ok,a\u{1F}b}"]),
    (
      ["labels": #"["a\"b\\c,d}",""," ","NULL"]"#],
      ["labels": #"{"a\"b\\c,d}",""," ","NULL"}"#]
    ),
    (["summary": #""ends in \u0000""#], ["summary": "ends in "]),
    (["summary": #""says \\u0000""#], ["summary": #"says \u0000"#]),
    (["summary": #""half \ud83d a pair""#], ["summary": "half \u{FFFD} a pair"]),
    (["summary": "1e400"], ["summary": ""]),
    (["priority": #"{"id":"3","name":"Hi\u0000gh","weight":1e400}"#], ["priority": "High"]),
    (
      ["assignee": #"{"accountId":"a\u0000","displayName":"A\u0000nn"}"#],
      ["assignee_display_name": "Ann", "assignee_account_id": "a"]
    ),
    (["components": #"[{"name":"c\u0000"},{"id":"1"},null]"#], ["components": "{c}"]),
    (
      ["status": #"{"id":"7","name":"Op\u0000en"}"#],
      ["status": "Open", "status_category": "indeterminate"]
    ),
    (["updated": "null"], nil), (["updated": #""yesterday""#], nil), (["status": "null"], nil),
    (["status": #"{"id":"7"}"#], nil),
  ]

  @Test(arguments: odd.indices)
  func `an odd ticket is stored as far as it goes, or fails by its key`(index: Int) async throws {
    let (fields, stored) = Self.odd[index]
    try await TestService.with(projects: 2, issues: 10) { service in
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-2") })
      service.jira.access.oddFields = [issue.id: fields]
      let id = try await service.addJira()
      let run = try await service.sync("jira", id)
      let pool = service.database.pool
      let count = try await pool.query("select count(*) as n from jira_issues")[0].int("n")
      guard let stored else {
        #expect(run.text("status") == "partial", "\(run.json)")
        #expect(count == 9)
        let errors = run.json["errors"]?.arrayValue ?? []
        #expect(errors.count == 1)
        #expect(errors.first?["issue"] == "WEB-2")
        #expect(errors.first?["project"] == "WEB")
        #expect(errors.first?["detail"]?.stringValue?.contains(fields.keys.first ?? "?") == true)
        // It stays unreadable: the next run is not longer for it, and nothing is deleted.
        let again = try await service.sync("jira", id)
        #expect(again.id("issues_deleted") == 0)
        return
      }
      #expect(run.text("status") == "succeeded", "\(run.json)")
      #expect(count == 10)
      for (column, value) in stored {
        let text = try await pool.query(
          Statement("select \(column)::text as value from jira_issues where key = 'WEB-2'"))[0]
          .text("value")
        #expect(text == value, "\(column)")
      }
    }
  }

  @Test func `what PostgreSQL refuses is found by halving, and all else is stored`() async throws {
    try await TestService.with(projects: 1, issues: 120) { service in
      try await service.database.pool.query(
        "alter table jira_issues add constraint no_sevens check (key not in ('WEB-7', 'WEB-77'))")
      let id = try await service.addJira()
      for mode in ["full", "incremental"] {
        let run = try await service.sync("jira", id, ["mode": .string(mode)])
        #expect(run.text("status") == "partial", "\(run.json)")
        let errors = run.json["errors"]?.arrayValue ?? []
        #expect(Set(errors.compactMap { $0["issue"]?.stringValue }) == ["WEB-7", "WEB-77"])
        #expect(try await service.live() == 118)
        #expect(try await service.call("POST", "/jira-organizations/\(id)/sync-runs").status == 202)
        try await eventually("no other run is kept away") {
          try await service.database.pool.query(
            "select 1 from sync_runs where status in ('queued', 'running')"
          ).isEmpty
        }
        service.jira.state.withLock { state in
          for id in state.issues.keys { state.update(id) { $0.summary = "Changed" } }
        }
      }
    }
  }

  @Test func `a webhook of a ticket that cannot be stored does not keep the others`() async throws {
    try await TestService.with { service in
      let ids = try await service.connectWebhooks(registers: false)
      try await service.database.pool.query(
        "alter table jira_issues add constraint no_change check (summary <> 'Refused')")
      for (key, summary) in [("WEB-1", "Refused"), ("WEB-2", "Taken"), ("WEB-3", "Taken")] {
        let issue = try #require(service.jira.state.withLock { $0.issue(key) })
        service.jira.state.withLock { $0.update(issue.id) { $0.summary = summary } }
        let body =
          #"{"webhookEvent":"jira:issue_updated","issue":{"id":"\#(issue.id)"},"x":"\u0000"}"#
        _ = try await service.deliverJira(ids.jira, Array(body.utf8), identifier: key)
      }
      try await eventually("the others are stored") {
        try await service.call("GET", "/jira-issues?q=Taken").data.count == 2
      }
      try await eventually("its own delivery says why") {
        try await service.call("GET", "/webhook-deliveries?state=pending").data.contains {
          $0["reason"]?.stringValue?.contains("WEB-1") == true
        }
      }
    }
  }

  @Test(arguments: [#"a\u0000b"#, #"says \\u0000"#, #"cut \ud83d"#, "1e400"])
  func `a webhook with odd text in it is read, and its text stays what it was`(text: String)
    async throws
  {
    try await TestService.with { service in
      let ids = try await service.connectWebhooks(registers: false)
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-5") })
      service.jira.state.withLock { $0.update(issue.id) { $0.summary = "News" } }
      let value = text == "1e400" ? text : "\"\(text)\""
      let body =
        #"{"webhookEvent":"jira:issue_updated","issue":{"id":"\#(issue.id)","fields":{"summary":\#(value)}}}"#
      let answer = try await service.deliverJira(ids.jira, Array(body.utf8), identifier: "odd")
      #expect(answer.status == 202)
      try await eventually("the ticket is read again") {
        try await service.call("GET", "/jira-issues?q=News").data.count == 1
      }
      let delivery = try #require(try await service.call("GET", "/webhook-deliveries").data.first)
      let read = try await service.call(
        "GET", "/webhook-deliveries/\(delivery["id"]?.wholeNumber ?? 0)")
      let kept = read.json["body"]?["issue"]?["fields"]?["summary"]
      switch text {
      case #"a\u0000b"#: #expect(kept == "ab")
      case #"says \\u0000"#: #expect(kept == .string(#"says \u0000"#))
      default: break
      }
    }
  }

  @Test func `pages that are too large are requested smaller, and one ticket fails by its key`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 150) { service in
      let issue = try #require(service.jira.state.withLock { $0.issue("WEB-20") })
      service.jira.access.maxPageIssues = 30
      service.jira.access.oversizedIssues = [issue.id]
      let id = try await service.addJira()
      service.jira.resetStats()
      let run = try await service.sync("jira", id)
      #expect(run.text("status") == "partial")
      #expect(try await service.live() == 149)
      let errors = run.json["errors"]?.arrayValue ?? []
      #expect(errors.count == 1)
      #expect(errors.first?["issue"] == "WEB-20")
      #expect(errors.first?["detail"]?.stringValue?.contains("too large") == true)
      #expect(service.jira.stats.total < 60, "\(service.jira.stats.requests)")
    }
  }

  @Test func `a run that an unexpected error stops ends as failed`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      try await service.database.pool.query(
        "alter table sync_readings rename column pages to leaves")
      let run = try await service.sync("jira", ids.jira)
      #expect(run.text("status") == "failed")
      #expect(
        run.json["errors"]?.arrayValue?.first?["detail"]?.stringValue?.contains("unexpected")
          == true)
      try await service.database.pool.query(
        "alter table sync_readings rename column leaves to pages")
      #expect(try await service.sync("jira", ids.jira).text("status") == "succeeded")
    }
  }
}
