import Foundation
import HTTPServer
import HTTPTypes
import Testing
import Yams

@testable import App

@Suite struct OpenAPITests {
  @Test func `the document and the routes are the same set`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "openapi.yaml")
      let text = try String(contentsOf: url, encoding: .utf8)
      let document = try #require(try Yams.load(yaml: text) as? [String: Any])
      let paths = try #require(document["paths"] as? [String: [String: Any]])
      let documented = Set(
        paths.flatMap { path, operations in operations.keys.map { "\($0.uppercased()) \(path)" } })
      let served = Set(
        Application(services: service.services).routes.map {
          "\($0.method.rawValue) \($0.pattern)"
        })
      #expect(served.subtracting(documented).isEmpty, "served but not documented")
      #expect(documented.subtracting(served).isEmpty, "documented but not served")
      #expect(served.count > 30)
    }
  }
}
