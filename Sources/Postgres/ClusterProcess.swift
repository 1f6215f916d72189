import CLibpq
import Foundation
import Glibc

/// The server process of a private cluster.
struct ClusterProcess: Sendable {
  let pid: pid_t
  /// Whether this process started it and so must reap it.
  let isChild: Bool

  /// The server that runs on `layout`'s data, whoever started it; `nil` when there is none.
  static func running(_ layout: ClusterLayout) -> ClusterProcess? {
    guard let text = ClusterFiles.text(layout.processFile),
      let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }), pid > 0,
      // The file may be stale and its number another program's by now; a server's working folder
      // is its data.
      workingFolder(of: pid) == layout.data
    else { return nil }
    return ClusterProcess(pid: pid, isChild: false)
  }

  /// Processes that a killed server left behind; they end by themselves once they notice.
  static func orphans(_ layout: ClusterLayout) -> [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.filter { workingFolder(of: $0) == layout.data }
  }

  private static func workingFolder(of pid: pid_t) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
  }

  static func start(
    _ programs: ClusterPrograms, _ account: ClusterAccount, _ layout: ClusterLayout,
    settings: [String: String]
  ) throws -> ClusterProcess {
    let command = account.commandLine(
      [programs.postgres, "-D", layout.data] + ClusterFiles.arguments(settings, layout))
    return ClusterProcess(pid: try ChildProcess.start(command, log: layout.log), isChild: true)
  }

  /// Blocks until the server takes connections.
  ///
  /// - Returns: `false` when it ended instead.
  func waitUntilReady(
    _ layout: ClusterLayout, by deadline: ContinuousClock.Instant
  ) throws -> Bool {
    while PQping(layout.conninfo(database: "postgres")) != PQPING_OK {
      if hasEnded { return false }
      guard .now < deadline else {
        throw PrivateClusterError("PostgreSQL was not ready in time: see \(layout.log)")
      }
      usleep(20_000)
    }
    return true
  }

  /// Ends the sessions and the server, with a checkpoint; after `patience` without one.
  func stop(patience: Duration) {
    kill(pid, SIGINT)
    if waitUntilEnded(by: .now + patience) { return }
    kill(pid, SIGQUIT)
    _ = waitUntilEnded(by: .now + .seconds(5))
  }

  private func waitUntilEnded(by deadline: ContinuousClock.Instant) -> Bool {
    while !hasEnded {
      guard .now < deadline else { return false }
      usleep(10_000)
    }
    return true
  }

  private var hasEnded: Bool {
    if isChild {
      // Fails with ECHILD once the child is reaped.
      return waitpid(pid, nil, WNOHANG) != 0
    }
    // A dead process that its parent has not reaped still has a number, but no folder.
    return Self.workingFolder(of: pid) == nil
  }
}

extension PrivateClusterError {
  /// Quotes the end of the server's log.
  static func notStarted(log: String) -> PrivateClusterError {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").suffix(5).joined(separator: "\n")
    return PrivateClusterError("PostgreSQL did not start. The end of \(log):\n\(lines)")
  }
}
