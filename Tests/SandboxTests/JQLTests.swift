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
      ("updated >= -110w", 30), ("updated >= -1m", 0), ("not updated >= -1m", 30),
      ("created <= 2001-01-01", 0),
      ("(project = WEB or project = APP) and labels is empty", 1...19), ("summary ~ cart", 1...30),
      ("statusCategory = Done", 1...29), ("issuetype not in (Bug)", 1...29),
      ("assignee is empty", 1...29),
    ] as [(String, any Sendable)])
  func `a condition finds what it says`(jql: String, expected: any Sendable) throws {
    if let count = expected as? Int, count < 0 {
      #expect(throws: JQLError.self) { try Self.matching(jql) }
      return
    }
    let found = try Self.matching(jql).count
    if let count = expected as? Int { #expect(found == count) }
    if let range = expected as? ClosedRange<Int> { #expect(range.contains(found), "\(found)") }
  }

  private static func matching(_ jql: String) throws -> [Int64] {
    var state = Self.state
    return try JiraSearchEndpoints.matching(jql, [], &state)
  }

  @Test(arguments: ["updated >= -1m", "project = WEB and updated > -2m order by updated"])
  func `what was updated is found by its last update, and once`(jql: String) throws {
    var state = Self.state
    let ids = try #require(state.project("WEB")?.issues)
    for id in [ids[0], ids[3], ids[0]] { state.update(id) { $0.summary += "!" } }
    state.delete(ids[3])
    #expect(try JiraSearchEndpoints.matching(jql, [], &state) == [ids[0]])
  }

  @Test(arguments: [
    "", "order by updated", "project = ", "project = NOPE", "colour = red", "project = AND",
    "project = @x", "project = \"open", "updated >= tomorrow", "project WEB",
  ])
  func `what Jira refuses is refused`(jql: String) {
    #expect(throws: JQLError.self) { try Self.matching(jql) }
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
