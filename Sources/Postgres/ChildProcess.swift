import Glibc

/// Starting programs in a session of their own, so that a Ctrl-C meant for the service does not
/// reach them.
enum ChildProcess {
  /// `POSIX_SPAWN_SETSID` of glibc's spawn.h, which Swift does not import.
  private static let newSession: Int16 = 0x80

  /// - Parameter log: takes standard output and error, appended.
  static func start(_ command: [String], log: String) throws -> pid_t {
    // Opened here: the log is ours, and must not lead anywhere else.
    let logFile = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard logFile >= 0 else {
      throw PrivateClusterError("\(log) cannot be written: \(String(cString: strerror(errno)))")
    }
    defer { close(logFile) }
    // Our own working folder may be closed to the account that PostgreSQL runs under.
    let arguments = ["/bin/sh", "-c", "cd / && exec \"$@\"", "sh"] + command
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, logFile, 1)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes,
      newSession | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var pid: pid_t = 0
    let environment = CStrings(["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C"])
    let status = CStrings(arguments).withMutablePointers { arguments in
      environment.withMutablePointers { environment in
        posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environment)
      }
    }
    guard status == 0 else {
      throw PrivateClusterError(
        "\(command.first ?? "") cannot be started: \(String(cString: strerror(status)))")
    }
    return pid
  }

  /// The exit status, or `nil` while the child runs. Must not be asked again after it ended.
  static func poll(_ pid: pid_t) -> Int32? {
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid ? status : nil
  }

  /// Blocks until the child ends.
  static func wait(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}
