import Foundation
import HTTPServer
import HTTPTypes
import Testing

@testable import App

@Suite struct ConsoleTests {
  @Test func `the console's pages come with a strict policy`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let application = Application(services: service.services)
      let page = await application.respond(to: Request(path: "/"))
      #expect(page.status == .ok)
      #expect(page.headerFields[.contentType] == "text/html; charset=utf-8")
      let policy = try page.field("Content-Security-Policy")
      #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"))
      #expect(policy.contains("require-trusted-types-for 'script'"))
      #expect(!policy.contains("unsafe"))
      #expect(try page.field("X-Content-Type-Options") == "nosniff")
      #expect(await application.respond(to: Request(path: "/docs")).status == .ok)
      let document = await application.respond(to: Request(path: "/openapi.yaml"))
      #expect(document.headerFields[.contentType] == "application/yaml")
    }
  }

  @Test func `a file has a strong tag for each coding and is not sent twice`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let application = Application(services: service.services)
      func ask(_ fields: HTTPFields) async -> Response {
        await application.respond(to: Request(path: "/console/app/dom.js", headerFields: fields))
      }
      let plain = await ask([:])
      let compressed = await ask([.acceptEncoding: "br, gzip;q=0.5"])
      let refused = await ask([.acceptEncoding: "gzip;q=0"])
      #expect(compressed.headerFields[.contentEncoding] == "gzip")
      #expect(plain.headerFields[.contentEncoding] == nil)
      #expect(refused.headerFields[.contentEncoding] == nil)
      let tags = [plain, compressed].compactMap { $0.headerFields[.eTag] }
      #expect(Set(tags).count == 2 && tags.allSatisfy { $0.hasPrefix("\"") })
      #expect(plain.headerFields[.vary] == "Accept-Encoding")
      guard case .bytes(let bytes) = compressed.body, case .bytes(let text) = plain.body else {
        Issue.record("no body")
        return
      }
      #expect(bytes.starts(with: [0x1f, 0x8b]) && bytes.count < text.count)
      let again = await ask([.acceptEncoding: "gzip", .ifNoneMatch: "\"x\", \(tags[1])"])
      #expect(again.status == .notModified && again.headerFields[.eTag] == tags[1])
      let other = await ask([.acceptEncoding: "gzip", .ifNoneMatch: tags[0]])
      #expect(other.status == .ok)
    }
  }

  @Test(arguments: [
    "/console/../Package.swift", "/console/%2e%2e/Package.swift", "/console/app/%2e%2e%2fdocs.html",
    "/console/vendor/.fetched", "/console/app/", "/console/app/none.js", "/console/app/dom",
    "/console/app%2fdom.js/x.js", "/console//etc/passwd",
  ])
  func `nothing outside the console's files is served`(path: String) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let answer = await Application(services: service.services).respond(to: Request(path: path))
      #expect(answer.status == .notFound)
    }
  }

  @Test func `what gzip packs is what unpacks`() throws {
    // The bytes of `printf 'aaaa' | gzip -9n`, whose deflate stream zlib has kept for decades.
    #expect(
      Gzip.compress(Array("aaaa".utf8)) == [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0x4b, 0x4c, 0x4c, 0x4c, 4, 0, 0x45, 0xe5, 0x98, 0xad,
        4, 0, 0, 0,
      ])
  }
}

extension Response {
  fileprivate func field(_ name: String) throws -> String {
    try #require(HTTPField.Name(name).flatMap { headerFields[$0] })
  }
}
