import Cryptography
import Foundation
import Glibc

/// The files of a private cluster.
struct ClusterLayout: Sendable {
  /// `sun_path` of a Unix socket's address holds 108 bytes with its NUL (unix(7)).
  static let longestSocketPath = 107
  private static let socketName = ".s.PGSQL.5432"

  let root: URL

  var data: String { root.appending(path: "data").path }
  var unfinished: String { root.appending(path: "data.new").path }
  var log: String { root.appending(path: "postgresql.log").path }
  var startLock: String { root.appending(path: "start.lock").path }
  var usersLock: String { root.appending(path: "users.lock").path }
  var processFile: String { data + "/postmaster.pid" }
  var socketLock: String { "\(socketDirectory)/\(Self.socketName).lock" }
  var settings: String { data + "/issuebridge.conf" }

  /// Beside the data, unless that path is too long for a socket: then a folder in /tmp named after
  /// it, always the same.
  var socketDirectory: String {
    let beside = root.appending(path: "socket").path
    if (beside + "/" + Self.socketName).utf8.count <= Self.longestSocketPath { return beside }
    return "/tmp/issuebridge-\(SHA256Digest.hex(of: Array(root.path.utf8)).prefix(24))"
  }

  func conninfo(database: String) -> String {
    let host = socketDirectory.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    return "host='\(host)' port=5432 user=issuebridge dbname=\(database)"
  }

  /// Makes the folders, closed to everyone but `account` (and root): whoever can reach the socket
  /// is let in.
  func prepare(for account: ClusterAccount) throws {
    try makeParents()
    try makePrivate(root.path, account)
    try makePrivate(socketDirectory, account)
    try checkReachable(by: account)
  }

  private func makeParents() throws {
    let parent = root.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    } catch {
      throw PrivateClusterError(
        "the folder \(parent.path) cannot be made: \(error.localizedDescription)")
    }
  }

  private func makePrivate(_ path: String, _ account: ClusterAccount) throws {
    if mkdir(path, 0o700) == 0 {
      if account.isOther { _ = chown(path, account.uid, account.gid) }
    } else if errno != EEXIST {
      throw PrivateClusterError(
        "the folder \(path) cannot be made: \(String(cString: strerror(errno)))")
    }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw PrivateClusterError("\(path) is not a folder: move it away")
    }
    guard status.st_uid == account.uid else {
      throw PrivateClusterError(
        """
        \(path) belongs to user \(status.st_uid), but PostgreSQL would run as user \
        \(account.uid): start the service under the account that made it, or choose another folder
        """)
    }
    guard chmod(path, 0o700) == 0 else {
      throw PrivateClusterError("the mode of \(path) cannot be set")
    }
  }

  /// PostgreSQL's account must be able to walk down to the data.
  private func checkReachable(by account: ClusterAccount) throws {
    guard account.isOther else { return }
    var folder = root.deletingLastPathComponent()
    while folder.path != "/" {
      var status = stat()
      guard stat(folder.path, &status) == 0 else { break }
      let open =
        status.st_uid == account.uid
        ? status.st_mode & S_IXUSR != 0
        : status.st_mode & (status.st_gid == account.gid ? S_IXGRP : S_IXOTH) != 0
      guard open else {
        throw PrivateClusterError(
          """
          PostgreSQL, which does not run as root, cannot pass \(folder.path): put the data folder \
          elsewhere (for example /var/lib/issuebridge) or allow it with chmod o+x
          """)
      }
      folder = folder.deletingLastPathComponent()
    }
  }
}
