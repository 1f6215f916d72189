import Cryptography
import Foundation
import Glibc

/// The files of a private cluster. The folder with locks and log belongs to the account of the service;
/// where PostgreSQL runs under another one, only `data` and `socket` below it belong to that account, and
/// the service writes nothing into these.
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

  /// Beside the data, unless that path is too long for a socket: then a folder in /tmp named after
  /// it, always the same.
  var socketDirectory: String {
    let beside = root.appending(path: "socket").path
    if (beside + "/" + Self.socketName).utf8.count <= Self.longestSocketPath { return beside }
    return "/tmp/issuebridge-\(SHA256Digest.hex(of: Array(root.path.utf8)).prefix(24))"
  }

  /// - Parameter user: `issuebridge`, the owner of the database; `postgres` may do everything.
  func conninfo(database: String, user: String = "issuebridge") -> String {
    let host = socketDirectory.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    return "host='\(host)' port=5432 user=\(user) dbname=\(database)"
  }

  /// Creates the folders. Those of PostgreSQL are closed to everyone but `account` (and root): whoever
  /// can reach the socket is let in.
  func prepare(for account: ClusterAccount) throws {
    try makeParents()
    try Self.makeFolder(
      root.path, owner: geteuid(), group: getegid(), mode: account.isOther ? 0o711 : 0o700,
      takenFrom: account)
    try Self.makeFolder(
      socketDirectory, owner: account.uid, group: account.gid, mode: 0o700, takenFrom: nil)
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

  /// Creates a folder when there is none, and sets its mode. Everything is done to the folder that was
  /// opened, never to what its path may lead to by then.
  ///
  /// - Parameter takenFrom: an account whose folder it may be now.
  static func makeFolder(
    _ path: String, owner: uid_t, group: gid_t, mode: mode_t, takenFrom other: ClusterAccount?
  ) throws {
    let isNew = mkdir(path, 0o700) == 0
    if !isNew, errno != EEXIST {
      throw PrivateClusterError(
        "the folder \(path) cannot be created: \(String(cString: strerror(errno)))")
    }
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard folder >= 0 else { throw PrivateClusterError("\(path) is not a folder: move it away") }
    defer { close(folder) }
    var status = stat()
    guard fstat(folder, &status) == 0 else {
      throw PrivateClusterError("the owner of \(path) cannot be read")
    }
    let isOurs = isNew && status.st_uid == geteuid()
    if status.st_uid != owner, isOurs || status.st_uid == other?.uid {
      guard fchown(folder, owner, group) == 0 else {
        throw PrivateClusterError("the owner of \(path) cannot be set")
      }
      status.st_uid = owner
    }
    guard status.st_uid == owner else {
      throw PrivateClusterError(
        """
        \(path) belongs to user \(status.st_uid) instead of \(owner): start the service under the \
        account that created it, or choose another folder
        """)
    }
    guard fchmod(folder, mode) == 0 else {
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
