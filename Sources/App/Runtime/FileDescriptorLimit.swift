import Glibc

/// How many files and sockets the process may have open.
enum FileDescriptorLimit {
  /// Descriptors that connections of clients must leave to the database, the vendors and files.
  static let reserved = 256

  /// Raises the soft limit to the hard one.
  ///
  /// - Returns: the limit in force.
  static func raise() -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    let hard = limit.rlim_max
    if limit.rlim_cur < hard {
      limit.rlim_cur = hard
      if setrlimit(resource, &limit) != 0, getrlimit(resource, &limit) != 0 { return 1024 }
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// Connections of clients that may be open at the same time.
  ///
  /// - Parameter wanted: if there are enough descriptors.
  static func connections(wanted: Int) -> Int { max(16, min(wanted, raise() - reserved)) }
}
