import Foundation
import RESTClient
import Sandbox
import Testing
import TestSupport

@testable import App

/// Names of Jira's that a mapping uses are checked when it is saved.
@Suite struct MappingNameTests {
  private func put(_ service: TestService, _ body: JSONValue) async throws -> TestService.Answer {
    try await service.call("PUT", "/status-mappings", body)
  }

  private func refusals(_ answer: TestService.Answer) -> [String: String] {
    let errors = answer.json["errors"]?.arrayValue ?? []
    return Dictionary(
      errors.map { ($0["pointer"]?.stringValue ?? "", $0["detail"]?.stringValue ?? "") }
    ) { $1 }
  }

  private func warnings(_ answer: TestService.Answer) -> [String] {
    (answer.json["warnings"]?.arrayValue ?? []).compactMap(\.stringValue)
  }

  @Test func `a name that the project does not have is refused with the names it has`() async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let web = JSONValue(try await service.project("WEB"))
      let refused = try await put(
        service,
        [
          "jira_project_id": web,
          "jira_to_sentry": [
            "status:In Review": "nothing", "resolution:Later/Never": "archive",
            "status:in progress": "nothing",
          ],
          "sentry_to_jira": ["resolved": "status:Closed", "unresolved": "status:TO DO"],
        ])
      #expect(refused.status == 422)
      let told = refusals(refused)
      #expect(
        Set(told.keys) == [
          "/jira_to_sentry/status:In Review", "/jira_to_sentry/resolution:Later~1Never",
          "/sentry_to_jira/resolved",
        ])
      #expect(
        told["/sentry_to_jira/resolved"]
          == "The Jira project WEB does not have the status 'Closed'; there are: "
          + "To Do, In Progress, Done.")
      #expect(
        told["/jira_to_sentry/resolution:Later~1Never"]?.contains("Done, Won't Do, Duplicate")
          == true)
      let mappings = try await service.call("GET", "/status-mappings")
      #expect(mappings.data.count == 1)
      // PAY's workflow has them.
      let saved = try await put(
        service,
        [
          "jira_project_id": JSONValue(try await service.project("PAY")),
          "jira_to_sentry": ["status:In Review": "nothing", "resolution:won't do": "archive"],
          "sentry_to_jira": ["resolved": "status:Closed"],
        ])
      #expect(saved.status == 200, "\(saved.json)")
      #expect(saved.json["warnings"] == [])
    }
  }

  @Test func `of a product one of the projects must have it, and those that lack it are told`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let shop = try await service.call("POST", "/products", ["name": "Shop"]).id("id")
      for key in ["WEB", "PAY"] {
        _ = try await service.call(
          "PATCH", "/jira-projects/\(try await service.project(key))",
          ["product_id": JSONValue(shop)])
      }
      let saved = try await put(
        service,
        [
          "product_id": JSONValue(shop), "jira_to_sentry": ["status:in review": "nothing"],
          "sentry_to_jira": ["resolved": "status:Closed"],
        ])
      #expect(saved.status == 200, "\(saved.json)")
      #expect(
        warnings(saved) == [
          "The Jira project WEB does not have the status 'Closed': its tickets cannot be moved there."
        ])
      // A status of the site that none of the product's projects has.
      let refused = try await put(
        service,
        ["product_id": JSONValue(shop), "sentry_to_jira": ["resolved": "status:Released"]])
      #expect(refused.status == 422)
      let everywhere = try await put(
        service, ["sentry_to_jira": ["resolved": "status:Released"]])
      #expect(everywhere.status == 200, "\(everywhere.json)")
      let nowhere = try await put(service, ["sentry_to_jira": ["resolved": "status:Realised"]])
      #expect(refusals(nowhere).keys.sorted() == ["/sentry_to_jira/resolved"])
    }
  }

  @Test func `a Jira that is down refuses nothing, and the answer says what was not checked`()
    async throws
  {
    try await TestService.with { service in
      let body: JSONValue = ["sentry_to_jira": ["resolved": "status:Closed"]]
      let early = try await put(service, body)
      #expect(early.status == 200)
      #expect(
        warnings(early) == ["There is no Jira project yet that could have the status 'Closed'."])
      try await service.connect()
      var faults = SandboxFaults()
      faults.serverError = 1
      service.jira.faults = faults
      let saved = try await put(
        service,
        [
          "jira_project_id": JSONValue(try await service.project("WEB")),
          "sentry_to_jira": ["resolved": "status:Closed"],
        ])
      #expect(saved.status == 200, "\(saved.json)")
      #expect(warnings(saved).count == 1)
      #expect(
        warnings(saved).first?.hasPrefix(
          "Whether Jira has the status 'Closed' is not known. Jira: ")
          == true, "\(warnings(saved))")
    }
  }

  @Test func `where a part could be asked, what that part has is taken and the rest is left open`()
  {
    let name = MappingName(kind: .status, name: "closed", pointer: "/p", isTarget: true)
    let known = NameSource(kind: .status, title: "A", names: ["Closed"])
    let other = NameSource(kind: .status, title: "B", names: ["Open"])
    let down = NameSource(kind: .status, title: "C", names: nil, failure: "C is down.")
    let resolutions = NameSource(kind: .resolution, title: "S", names: ["Closed"])
    let found = MappingName.judge([name], [known, down, resolutions])
    #expect(found.refusals.isEmpty && found.warnings.isEmpty)
    let open = MappingName.judge([name], [other, down])
    #expect(open.refusals.isEmpty)
    #expect(
      open.warnings == ["Whether Jira has the status 'closed' is not known. C is down."])
    let none = MappingName.judge([name], [other, other, resolutions])
    #expect(
      none.refusals == [
        .init(
          pointer: "/p",
          detail: "None of 2 Jira projects or sites has the status 'closed'; there are: Open.")
      ])
  }
}
