import Foundation
import Postgres
import RESTClient
import TestSupport
import Testing

@testable import App

@Suite struct SearchTests {
  /// Summaries of Jira issues, titles of Sentry issues.
  private static let texts = [
    "java.lang.NullPointerException in CheckoutController.submit", "100% of disk_space used",
    "100 percent of diskXspace used", #"path C:\temp\x missing"#, "Ärger mit Größe", "io error",
    "radio silence",
  ]

  @Test(arguments: [
    ("NullPointerException", [0]), ("nullpointer", [0]), ("PointerExc", [0]),
    ("Controller.sub", [0]),
    ("100%", [1]), ("disk_space", [1]), ("_", []), ("%", []), (#"C:\temp"#, [3]), (#"\"#, []),
    ("größe", [4]), ("ÄRGER", [4]), ("io", [5]), ("i", [0, 5]), ("dio", [6]), ("of disk", [1, 2]),
    ("WEB-", [0, 1, 2, 3, 4, 5, 6]), ("nowhere to be found", []), ("' or true --", []),
  ])
  func `text is found anywhere, in any case, as it stands`(q: String, expected: [Int]) async throws
  {
    try await TestService.with(projects: 1, issues: Self.texts.count) { service in
      try await service.connect()
      for table in [
        "jira_issues set key = 'WEB-' || id, summary",
        "sentry_issues set short_id = 'WEB-' || id, title",
      ] {
        try await service.database.pool.query(
          Statement("update \(table) = ($1::text[])[id]"), Self.texts)
      }
      let escaped = q.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      for list in ["jira-issues", "sentry-issues"] {
        let page = try await service.call("GET", "/\(list)?q=\(escaped)")
        #expect(
          page.data.compactMap { $0["id"]?.wholeNumber.map { $0 - 1 } }.sorted() == expected,
          "\(list)")
      }
    }
  }
}
