import Foundation
import HTTPServer
import HTTPTypes
import Testing

@testable import RESTClient

/// What is wrong with a server's certificate is told, not only that something is.
@Suite(.serialized) struct CertificateTests {
  private static let openssl = "/usr/bin/openssl"
  static let canServe = FileManager.default.isExecutableFile(atPath: openssl)

  /// `openssl s_server` with a certificate of its own.
  private final class TLSPeer {
    let folder: URL
    let port: Int
    private let server = Process()

    init(subject: String, days: String) throws {
      folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let (key, certificate) = (folder.path + "/key.pem", folder.path + "/certificate.pem")
      try Self.run([
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", key, "-out", certificate, "-subj", "/CN=\(subject)", "-days", days,
        "-addext", "subjectAltName=DNS:\(subject)",
      ])
      port = try Self.freePort()
      server.executableURL = URL(filePath: CertificateTests.openssl)
      server.arguments = [
        "s_server", "-accept", "127.0.0.1:\(port)", "-key", key, "-cert", certificate, "-www",
        "-quiet",
      ]
      server.standardOutput = FileHandle.nullDevice
      server.standardError = FileHandle.nullDevice
      try server.run()
    }

    deinit {
      kill(server.processIdentifier, SIGKILL)
      try? FileManager.default.removeItem(at: folder)
    }

    private static func run(_ arguments: [String]) throws {
      let process = Process()
      process.executableURL = URL(filePath: CertificateTests.openssl)
      process.arguments = arguments
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }

    private static func freePort() throws -> Int {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
      }
      #expect(bound)
      return Int(UInt16(bigEndian: address.sin_port))
    }
  }

  private func fault(_ url: String) async throws -> RESTError {
    let client = RESTClient(
      baseURL: url, authorization: "Bearer t", transport: try CurlTransport(policy: nil),
      retry: RetryPolicy(attempts: 40, base: .milliseconds(50), longest: .milliseconds(100)))
    return try await #require(throws: RESTError.self) {
      try await client.send(RESTClient.Request("GET", "/", endpoint: "x"))
    }
  }

  @Test(.enabled(if: canServe, "there is no openssl to serve with"))
  func `a certificate that signs itself is told`() async throws {
    let peer = try TLSPeer(subject: "localhost", days: "2")
    let error = try await fault("https://localhost:\(peer.port)")
    #expect(error.kind == .tls)
    #expect(error.tlsFault == .selfSigned, "\(error)")
    #expect(!error.mayPass)
    #expect(
      error.sentence.contains("self-signed") || error.sentence.contains("self signed"), "\(error)")
  }

  @Test func `a server that does not speak TLS is told`() async throws {
    let peer = try Peer { _ in Response(status: .ok) }
    let error = try await fault("https://127.0.0.1:\(peer.server.port)")
    #expect(error.kind == .tls)
    #expect(error.tlsFault == .notTLS, "\(error)")
    await peer.close()
  }
}
