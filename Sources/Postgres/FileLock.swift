import Glibc

/// An advisory lock on a file (`flock`), freed with the process at the latest.
struct FileLock: ~Copyable {
  private let descriptor: Int32

  init(path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw PrivateClusterError(
        "\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// Blocks until the lock is there.
  func lock(_ operation: Int32 = LOCK_EX) {
    while flock(descriptor, operation) != 0 && errno == EINTR {}
  }

  /// `false` when another process holds it.
  func tryLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
}
