import Glibc

/// Who runs PostgreSQL: it refuses to run as root.
struct ClusterAccount: Sendable, Equatable {
  let uid: uid_t
  let gid: gid_t
  /// Whether the programs must be started under another account than ours.
  let isOther: Bool

  /// Ourselves, or for root the account `postgres`. Not `nobody`, which others run under, too.
  static func choose() throws -> ClusterAccount {
    guard geteuid() == 0 else {
      return ClusterAccount(uid: geteuid(), gid: getegid(), isOther: false)
    }
    guard let entry = getpwnam("postgres")?.pointee, entry.pw_uid != 0 else {
      throw PrivateClusterError(
        "PostgreSQL does not run as root and there is no account postgres: add one, run the service "
          + "under an account of its own, or set DATABASE_URL")
    }
    return ClusterAccount(uid: entry.pw_uid, gid: entry.pw_gid, isOther: true)
  }

  /// The command line that runs `arguments` under this account.
  func commandLine(_ arguments: [String]) -> [String] {
    guard isOther else { return arguments }
    return ["setpriv", "--reuid=\(uid)", "--regid=\(gid)", "--clear-groups", "--"] + arguments
  }
}
