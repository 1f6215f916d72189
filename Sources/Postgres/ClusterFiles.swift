import Foundation
import Glibc

/// Creating a cluster's data folder, and its settings.
enum ClusterFiles {
  /// Longest text that is read from PostgreSQL's folder, in bytes.
  private static let maxTextBytes = 64 << 10

  /// The data folder, by initdb when there is none.
  ///
  /// - Returns: the programs that fit the data.
  static func make(_ layout: ClusterLayout, _ account: ClusterAccount) throws -> ClusterPrograms {
    if let version = text(layout.data + "/PG_VERSION") {
      let major = Int(version.trimmingCharacters(in: .whitespacesAndNewlines))
      return try .find(major: major)
    }
    let programs = try ClusterPrograms.find()
    // An initdb that was killed leaves half a folder; the name changes only once it is whole.
    try ClusterLayout.makeFolder(
      layout.unfinished, owner: account.uid, group: account.gid, mode: 0o700, takenFrom: nil)
    try run(
      ["find", layout.unfinished, "-mindepth", "1", "-delete"], as: account, layout)
    try run(
      [
        programs.initdb, "--pgdata=\(layout.unfinished)", "--username=postgres", "--auth=trust",
        "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
      ], as: account, layout)
    guard rename(layout.unfinished, layout.data) == 0 else {
      throw PrivateClusterError("\(layout.unfinished) cannot be renamed to data")
    }
    return programs
  }

  /// Removes files of PostgreSQL's folders, as their owner.
  static func remove(_ paths: [String], as account: ClusterAccount, _ layout: ClusterLayout) throws
  {
    try run(["rm", "-f", "--"] + paths, as: account, layout)
  }

  private static func run(
    _ command: [String], as account: ClusterAccount, _ layout: ClusterLayout
  ) throws {
    let child = try ChildProcess.start(account.commandLine(command), log: layout.log)
    guard ChildProcess.wait(child) == 0 else {
      throw PrivateClusterError.notStarted(log: layout.log)
    }
  }

  /// The server's settings as arguments: the socket's place follows the folder when that is moved, and
  /// nothing is written into PostgreSQL's folder.
  static func arguments(_ own: [String: String], _ layout: ClusterLayout) -> [String] {
    let directory = layout.socketDirectory.replacing("\"", with: "\"\"")
    var settings = [
      "listen_addresses": "", "unix_socket_directories": "\"\(directory)\"",
      "unix_socket_permissions": "0700", "port": "5432", "max_connections": "100",
      "shared_buffers": "128MB", "wal_compression": "on", "jit": "off", "fsync": "on",
      "log_timezone": "UTC", "timezone": "UTC",
    ]
    settings.merge(own) { $1 }
    return settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
  }

  /// A small text file; nil when it cannot be read. PostgreSQL's account could have put anything in its
  /// place, so links are not followed and nothing is waited for.
  static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: maxTextBytes)
    let count = read(file, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
