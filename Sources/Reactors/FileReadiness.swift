/// The readiness of one descriptor for the async form, on its reactor's thread.
final class FileReadiness {
  private var ready: [Bool] = [false, false]
  private var waiters: [UnsafeContinuation<Void, Never>?] = [nil, nil]

  func report(_ event: Ready) {
    if event.contains(.read) { signal(0) }
    if event.contains(.write) { signal(1) }
  }

  func wait(_ interest: Interest, _ continuation: UnsafeContinuation<Void, Never>) {
    let index = interest == .read ? 0 : 1
    if ready[index] {
      ready[index] = false
      continuation.resume()
    } else {
      // A second waiter of the same kind is a caller's error; the first is not left hanging.
      waiters[index]?.resume()
      waiters[index] = continuation
    }
  }

  private func signal(_ index: Int) {
    if let waiter = waiters[index] {
      waiters[index] = nil
      waiter.resume()
    } else {
      ready[index] = true
    }
  }
}

extension Reactor {
  /// Begins to follow the readiness of `fd` (edge triggered) for `wait`. On the thread only.
  package func register(_ fd: Int32) throws {
    let file = FileReadiness()
    try watch(fd, [.read, .write, .edge]) { file.report($0) }
    readiness[fd] = file
  }

  /// Ends it and resumes who waits. On the thread only, before `fd` is closed.
  package func unregister(_ fd: Int32) {
    unwatch(fd)
    readiness.removeValue(forKey: fd)?.report([.read, .write])
  }

  /// Returns when `fd` may be ready; at once when it is not registered. To be called after a read or
  /// write said EAGAIN. One waiter a descriptor and direction. From any thread.
  package func wait(_ fd: Int32, for interest: Interest) async {
    await withUnsafeContinuation { continuation in
      run {
        guard let file = self.readiness[fd] else { return continuation.resume() }
        file.wait(interest, continuation)
      }
    }
  }
}
