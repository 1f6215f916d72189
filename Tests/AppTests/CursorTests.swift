import Foundation
import Postgres
import RESTClient
import Testing

@testable import App

@Suite struct CursorTests {
  @Test func `a cursor survives inserts and deletes before and behind it`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      for number in 10..<30 { try await Self.add("p\(number)", service) }
      let first = try await service.call("GET", "/products?limit=5&sort=name")
      #expect(first.names == ["p10", "p11", "p12", "p13", "p14"])
      let cursor = try #require(first.json["next_cursor"]?.stringValue)
      // The row that the cursor was cut at goes, others come on both sides of it.
      for name in ["p14", "p16"] { try await Self.remove(name, service) }
      for name in ["p09", "p135", "p145"] { try await Self.add(name, service) }
      let second = try await service.call("GET", "/products?limit=5&sort=name&cursor=\(cursor)")
      #expect(second.names == ["p145", "p15", "p17", "p18", "p19"])
      let next = try #require(second.json["next_cursor"]?.stringValue)
      let rest = try await service.call("GET", "/products?limit=200&sort=name&cursor=\(next)")
      #expect(rest.names == (20..<30).map { "p\($0)" })
      #expect(rest.json["next_cursor"] == .null)
      #expect(rest.headerFields["link"] == nil)
    }
  }

  @Test func `the link to the next page is whole and leads there`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      for name in ["a b", "a&b", "a+b", "ab"] { try await Self.add(name, service) }
      let first = try await service.call("GET", "/products?sort=-name&q=%61&limit=3")
      let link = try #require(first.headerFields["link"])
      let target = try #require(link.split(separator: ">").first?.dropFirst("</api/v1".count))
      #expect(link.hasSuffix(#">; rel="next""#))
      let second = try await service.call("GET", String(target))
      #expect(second.status == 200)
      #expect(Set(first.names + second.names) == ["a b", "a&b", "a+b", "ab"])
    }
  }

  @Test func `a cursor that the list did not give is refused`() async throws {
    try await TestService.with(projects: 1, issues: 3) { service in
      try await service.connect()
      func cursor(_ path: String) async throws -> String {
        try await service.call("GET", path).json["next_cursor"]?.stringValue ?? ""
      }
      let byName = try await cursor("/jira-issues?limit=1&sort=key")
      let odd = [
        "abc", "%00", "e30", "!!!!", String(repeating: "A", count: 1001), byName,
        Cursor(sort: "-jira_updated_at", value: "no time", id: 1).text,
        Cursor(sort: "-jira_updated_at", value: "", id: 1).text,
        Cursor(sort: "-jira_updated_at", value: "2026-01-01\u{0}", id: 1).text,
        Cursor(sort: "jira_updated_at", value: "2026-01-01", id: 1).text,
      ]
      for text in odd where !text.isEmpty {
        let answer = try await service.call("GET", "/jira-issues?limit=1&cursor=\(text)")
        #expect(answer.status == 400, "\(text) gave \(answer.json)")
      }
      let number = Cursor(sort: "-event_count", value: "many", id: 1).text
      let answer = try await service.call(
        "GET", "/sentry-issues?sort=-event_count&cursor=\(number)")
      #expect(answer.status == 400)
      let big = Cursor(sort: "-event_count", value: "99999999999999999999", id: 1).text
      let tooBig = try await service.call("GET", "/sentry-issues?sort=-event_count&cursor=\(big)")
      #expect(tooBig.status == 400)
    }
  }

  private static func add(_ name: String, _ service: TestService) async throws {
    let slug = String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    let unique = name.contains("+") ? slug + "-plus" : name.contains("&") ? slug + "-and" : slug
    let answer = try await service.call(
      "POST", "/products", .object(["name": .string(name), "slug": .string(unique)]))
    #expect(answer.status == 201)
  }

  private static func remove(_ name: String, _ service: TestService) async throws {
    let id = try await service.call("GET", "/products?q=\(name)").data[0]["id"]?.wholeNumber ?? 0
    #expect(try await service.call("DELETE", "/products/\(id)").status == 204)
  }
}

extension TestService.Answer {
  fileprivate var names: [String] { data.compactMap { $0["name"]?.stringValue } }
}
