import Foundation
import Glibc

/// Making a cluster's data folder and its settings.
enum ClusterFiles {
  /// The data folder, by initdb when there is none.
  ///
  /// - Returns: the programs that fit the data.
  static func make(_ layout: ClusterLayout, _ account: ClusterAccount) throws -> ClusterPrograms {
    if let version = try? String(contentsOfFile: layout.data + "/PG_VERSION", encoding: .utf8) {
      let major = Int(version.trimmingCharacters(in: .whitespacesAndNewlines))
      return try .find(major: major)
    }
    let programs = try ClusterPrograms.find()
    // An initdb that was killed leaves half a folder; the name changes only once it is whole.
    try? FileManager.default.removeItem(atPath: layout.unfinished)
    let arguments = account.commandLine([
      programs.initdb, "--pgdata=\(layout.unfinished)", "--username=issuebridge", "--auth=trust",
      "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
    ])
    let child = try ChildProcess.start(arguments, log: layout.log)
    guard ChildProcess.wait(child) == 0 else {
      throw PrivateClusterError.notStarted(log: layout.log)
    }
    try append("\ninclude_if_exists = 'issuebridge.conf'\n", to: layout.unfinished)
    guard rename(layout.unfinished, layout.data) == 0 else {
      throw PrivateClusterError("\(layout.unfinished) cannot be renamed to data")
    }
    return programs
  }

  private static func append(_ text: String, to folder: String) throws {
    let path = folder + "/postgresql.conf"
    guard let file = FileHandle(forWritingAtPath: path) else {
      throw PrivateClusterError("\(path) cannot be written")
    }
    try file.seekToEnd()
    try file.write(contentsOf: Array(text.utf8))
    try file.synchronize()
    try file.close()
  }

  /// Written before every start: the socket's place follows the folder when that is moved.
  static func writeSettings(
    _ own: [String: String], _ layout: ClusterLayout, _ account: ClusterAccount
  ) throws {
    var settings = [
      "listen_addresses": "", "unix_socket_directories": layout.socketDirectory,
      "unix_socket_permissions": "0700", "port": "5432", "max_connections": "100",
      "shared_buffers": "128MB", "wal_compression": "on", "jit": "off", "fsync": "on",
      "log_timezone": "UTC", "timezone": "UTC",
    ]
    settings.merge(own) { $1 }
    let lines = settings.sorted { $0.key < $1.key }.map { name, value in
      let quoted = value.replacing("\\", with: "\\\\").replacing("'", with: "''")
      return "\(name) = '\(quoted)'\n"
    }
    do {
      try lines.joined().write(toFile: layout.settings, atomically: false, encoding: .utf8)
    } catch {
      throw PrivateClusterError(
        "\(layout.settings) cannot be written: \(error.localizedDescription)")
    }
    if account.isOther { _ = chown(layout.settings, account.uid, account.gid) }
  }
}
