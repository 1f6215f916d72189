import Foundation
import Testing

@testable import Sandbox

@Suite struct JQLTests {
  private static let state: JiraState = {
    var state = JiraState()
    JiraSeed.fill(&state, projects: 3, issues: 30, now: Date())
    return state
  }()

  @Test(
    arguments: [
      ("project = WEB", 10), ("project = 10001", 10), ("project = \"web shop\"", -1),
      ("project in (WEB, APP)", 20), ("project = WEB and key = WEB-1", 1),
      ("not project = WEB", 20),
      ("key in (WEB-1, APP-1)", 2), ("project = WEB order by updated desc, key asc", 10),
      ("updated >= -110w", 30), ("updated >= -1m", 0), ("created <= 2001-01-01", 0),
      ("(project = WEB or project = APP) and labels is empty", 1...19), ("summary ~ cart", 1...30),
      ("statusCategory = Done", 1...29), ("issuetype not in (Bug)", 1...29),
      ("assignee is empty", 1...29),
    ] as [(String, any Sendable)])
  func `a condition finds what it says`(jql: String, expected: any Sendable) throws {
    if let count = expected as? Int, count < 0 {
      #expect(throws: JQLError.self) { try JiraSearchEndpoints.matching(jql, [], Self.state) }
      return
    }
    let found = try JiraSearchEndpoints.matching(jql, [], Self.state).count
    if let count = expected as? Int { #expect(found == count) }
    if let range = expected as? ClosedRange<Int> { #expect(range.contains(found), "\(found)") }
  }

  @Test(arguments: [
    "", "order by updated", "project = ", "project = NOPE", "colour = red", "project = AND",
    "project = @x", "project = \"open", "updated >= tomorrow", "project WEB",
  ])
  func `what Jira refuses is refused`(jql: String) {
    #expect(throws: JQLError.self) { try JiraSearchEndpoints.matching(jql, [], Self.state) }
  }

  @Test func `the same seed draws the same faults`() {
    var faults = SandboxFaults()
    faults.rateLimited = 0.3
    faults.truncated = 0.3
    func draws() -> [String] {
      var generator = SeededGenerator(seed: 7)
      return (0..<50).map { _ in
        "\(faults.outcome(of: Double.random(in: 0..<1, using: &generator)))"
      }
    }
    #expect(draws() == draws())
    #expect(Set(draws()) == ["none", "rateLimited", "truncated"])
  }
}
