import Foundation
import Glibc
import RESTClient
import TestSupport

/// `issuebridge serve` as a process of its own, over a private PostgreSQL or a given one, to be killed
/// and started again.
///
/// Not by Foundation's `Process`: its `run` crashes now and then while other threads open descriptors.
final class ServiceProcess {
  let port: Int
  private let folder: URL
  private let environment: [String: String]
  private let transport: CurlTransport
  private var pid: pid_t = 0

  static let token = "admin-token-of-the-tests"

  /// - Parameter database: a connection string; nil: a private PostgreSQL below the data folder.
  init(database: String?, vendorHosts: String) throws {
    folder = URL(filePath: "/tmp/issuebridge-killed-\(UUID().uuidString.prefix(8))")
    // PostgreSQL does not run as root and must reach its folder below.
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o711])
    port = try Self.freePort()
    transport = try CurlTransport(policy: nil)
    var environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "ISSUEBRIDGE_DATA_DIR": folder.appending(path: "data").path,
      "ISSUEBRIDGE_PORT": "\(port)", "ISSUEBRIDGE_ADMIN_TOKEN": Self.token,
      "ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS": vendorHosts, "ISSUEBRIDGE_LOG_LEVEL": "warning",
      "ISSUEBRIDGE_SECRET_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
      "ISSUEBRIDGE_MIGRATIONS_DIR": TestDatabase.migrations.path,
    ]
    environment["DATABASE_URL"] = database
    self.environment = environment
  }

  /// The log, for a test that failed.
  var log: String {
    (try? String(contentsOf: folder.appending(path: "serve.log"), encoding: .utf8)) ?? ""
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw NeverHappened(description: "a port was free") }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// Starts the process and waits until it is ready.
  func start() async throws {
    try spawn()
    try await untilReady()
  }

  /// Starts the process.
  func spawn() throws { pid = try spawn(["serve"], log: "serve.log") }

  /// Runs another command of the executable to its end.
  ///
  /// - Returns: its exit code, and what it wrote to both outputs.
  func run(_ arguments: String...) throws -> (code: Int32, output: String) {
    try run(arguments)
  }

  func run(_ arguments: [String]) throws -> (code: Int32, output: String) {
    let name = "command-\(UUID().uuidString).log"
    let child = try spawn(arguments, log: name)
    var status: Int32 = 0
    waitpid(child, &status, 0)
    let output = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    // The exit code, or what a shell would make of a signal.
    return (status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f, output)
  }

  private func spawn(_ words: [String], log name: String) throws -> pid_t {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let program = URL(filePath: own).deletingLastPathComponent().appending(path: "issuebridge").path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let log = folder.appending(path: name).path
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var arguments = ([program] + words).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, program, &actions, nil, &arguments, &variables)
    guard code == 0 else { throw NeverHappened(description: "issuebridge was started: \(code)") }
    return child
  }

  func untilReady() async throws {
    try await eventually("the service is ready", within: .seconds(60)) {
      let url = "http://127.0.0.1:\(self.port)/readyz"
      let answer = try? await self.transport.send(TransportRequest(method: "GET", url: url))
      return answer?.status == 200
    }
  }

  /// Ends it as a power cut would.
  func killNow() { end(SIGKILL) }

  /// Ends it as an operator would, and waits for the end.
  func stop() { end(SIGTERM) }

  private func end(_ signal: Int32) {
    guard pid > 0 else { return }
    kill(pid, signal)
    waitpid(pid, nil, 0)
    pid = 0
  }

  func call(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
    let answer = try await transport.send(
      TransportRequest(
        method: method, url: "http://127.0.0.1:\(port)/api/v1\(path)",
        headerFields: [
          ("Authorization", "Bearer \(Self.token)"), ("Content-Type", "application/json"),
        ], body: body?.encoded()))
    guard (200..<300).contains(answer.status) else {
      throw NeverHappened(
        description: "\(method) \(path): \(String(decoding: answer.body, as: UTF8.self))")
    }
    return try JSONValue(parsing: answer.body)
  }

  /// Every item of a list.
  func all(_ path: String) async throws -> [JSONValue] {
    var items: [JSONValue] = []
    var cursor: String?
    repeat {
      let page = try await call(
        "GET", path + "?limit=200" + (cursor.map { "&cursor=\($0)" } ?? ""))
      items += page["data"]?.arrayValue ?? []
      cursor = page["next_cursor"]?.stringValue
    } while cursor != nil
    return items
  }

  deinit {
    killNow()
    // A private PostgreSQL outlives a service that was killed.
    let files = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    for name in files where name.hasSuffix("postmaster.pid") {
      let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
      if let postmaster = text?.split(separator: "\n").first.flatMap({ pid_t($0) }), postmaster > 1
      {
        kill(postmaster, SIGQUIT)
      }
    }
    try? FileManager.default.removeItem(at: folder)
  }
}
