import Foundation
import Postgres
@testable import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// What a vendor says of values reaches whoever sent them.
@Suite struct VendorRefusalTests {
  private func error(_ status: Int, _ body: String, path: String = "/x", contentType: String? = nil)
    -> VendorFailure
  {
    VendorFailure(
      vendor: .jira,
      error: RESTError(
        kind: .status, method: "PUT", path: path, status: status, body: Array(body.utf8),
        contentType: contentType, message: "", mayHaveBeenReceived: status >= 500,
        baseURL: "https://acme.atlassian.net"))
  }

  @Test(arguments: [
    (
      #"{"errorMessages":[],"errors":{"customfield_10050":"Severity is required."}}"#,
      ["/fields/customfield_10050": "Severity is required."]
    ),
    (
      #"{"errorMessages":[],"errors":{"summary":"Too long.","assignee":"User 'x' cannot be assigned issues."}}"#,
      ["/summary": "Too long.", "/assignee_account_id": "User 'x' cannot be assigned issues."]
    ),
    (
      #"{"errorMessages":["Field 'priority' is required"],"errors":{}}"#,
      ["": "Field 'priority' is required"]
    ),
  ])
  func `a refused value is a 422 with a pointer to it`(body: String, pointers: [String: String]) {
    let problem = error(400, body).problem(blaming: .ticket)
    #expect(problem.status == 422)
    let found = Dictionary(problem.fieldErrors.map { ($0.pointer, $0.detail) }) { one, _ in one }
    #expect(found == pointers)
    #expect(problem.members["vendor"]?["status"] == 400)
    for words in pointers.values { #expect(problem.detail.contains(words), "\(problem.detail)") }
  }

  @Test(arguments: [401, 403, 404, 409, 500, 503])
  func `what is not about a value stays a vendor's failure`(status: Int) {
    #expect(error(status, "{}").problem(blaming: .ticket).status == 502)
  }

  @Test func `an address that is not allowed is not a refused value`() {
    let refused = error(
      400, #"{"errorMessages":["The IP address has been rejected."],"errors":{}}"#)
    #expect(refused.problem(blaming: .ticket).status == 502)
    #expect(refused.sentence.contains("IP allowlist"))
  }

  @Test func `nothing promises another try, and no page comes through as markup`() {
    for status in [400, 401, 403, 404, 409, 500, 502, 503] {
      let page = error(
        status, "<html><body><h1>Oops</h1><b>down</b></body></html>", contentType: "text/html")
      #expect(!page.sentence.contains("again later"), "\(page.sentence)")
      let document = String(decoding: page.problem.document(instance: "i").encoded(), as: UTF8.self)
      #expect(document.contains("Oops down"))
      #expect(!document.contains("<b>"))
    }
  }

  @Test func `a change that Jira refuses is answered at its member`() async throws {
    try await TestService.with(projects: 1, issues: 3) { service in
      try await service.connect()
      let id = try await service.call("GET", "/jira-issues?limit=1").data[0]["id"]?.wholeNumber ?? 0
      let refused = try await service.call(
        "PATCH", "/jira-issues/\(id)", ["assignee_account_id": "no-such-account"])
      #expect(refused.status == 422, "\(refused.json)")
      #expect(refused.json["errors"]?.arrayValue?.first?["pointer"] == "/assignee_account_id")
      #expect(refused.text("vendor", "name") == "jira")
    }
  }

  @Test func `a link keeps the vendor's words, and what cannot succeed waits for a person`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 3) { service in
      try await service.connectWebhooks()
      let issue = try await service.openError()
      let made = try await service.call(
        "POST", "/sentry-issues/\(issue)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      let (link, key) = (made.id("link", "id"), made.text("jira_issue", "key"))
      try await eventually("the link rests") {
        try await service.database.pool.query(
          "select from jobs where state in ('available', 'running', 'scheduled', 'retryable') and kind = 'sync_link'"
        ).isEmpty
      }
      service.sentry.refusedChanges =
        #"{"statusDetails":{"inNextRelease":["There is no release to begin with."]}}"#
      service.sentry.resetStats()
      try await service.act(.jira, "issues/\(key)/transition", ["to": "Done"])
      try await eventually("the words are kept") {
        try await service.call("GET", "/links/\(link)").text("last_error")
          .contains("There is no release to begin with.")
      }
      try await eventually("the job waits for a person") {
        try await service.database.pool.query(
          "select from jobs where kind = 'sync_link' and state = 'cancelled'"
        ).count == 1
      }
      let open = try await service.database.pool.query(
        "select from jobs where kind = 'sync_link' and state in ('available', 'scheduled', 'retryable', 'running')"
      )
      #expect(open.isEmpty)
      // Each delivery of the news may try once; nothing repeats it by itself.
      #expect((1...2).contains(service.sentry.stats.writes))
      // A person lets it be tried again.
      service.sentry.refusedChanges = nil
      let again = try await service.call("POST", "/links/\(link)/sync")
      #expect(again.status == 200, "\(again.json)")
      #expect(try await service.call("GET", "/links/\(link)").json["last_error"] == .null)
    }
  }
}
