import CLibcurl
import Foundation
import Synchronization

/// HTTP by libcurl's multi interface, all transfers on one thread. TLS certificates are always
/// verified, redirects never followed, proxies of the environment ignored.
package final class CurlTransport: Transport {
  private let loop: CurlLoop
  private let policy: VendorHostPolicy?
  private let nextID = Atomic<Int>(0)

  /// - Parameter policy: which resolved addresses may be connected to; nil allows all.
  /// - Throws: `TransportError` when libcurl has no memory.
  package init(policy: VendorHostPolicy?) throws {
    loop = try CurlLoop()
    self.policy = policy
    let thread = Thread { [loop] in loop.run() }
    thread.name = "curl"
    thread.start()
  }

  deinit { loop.close() }

  package func send(_ request: TransportRequest) async throws -> TransportResponse {
    guard CurlTransfer.isValid(request) else {
      throw TransportError(
        kind: .invalidRequest, message: "a header field or the URL holds a forbidden character",
        mayHaveBeenReceived: false)
    }
    let id = nextID.add(1, ordering: .relaxed).newValue
    let allows: @Sendable (String) -> Bool = { [policy] address in
      policy?.allows(address: address, of: request.url) ?? true
    }
    let progress = Progress()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let transfer = CurlTransfer(request, allowsAddress: allows, continuation: continuation)
        progress.begin {
          loop.start(id, transfer)
        } orCancelled: {
          continuation.resume(throwing: CancellationError())
        }
      }
    } onCancel: {
      progress.cancel { loop.cancel(id) }
    }
  }
}

/// Orders the start of a transfer and its cancellation, which may come first.
private final class Progress: Sendable {
  private enum State { case waiting, begun, cancelled }
  private let state = Mutex(State.waiting)

  func begin(_ start: () -> Void, orCancelled: () -> Void) {
    let mayBegin = state.withLock { state in
      guard state == .waiting else { return false }
      state = .begun
      start()
      return true
    }
    if !mayBegin { orCancelled() }
  }

  func cancel(_ stop: () -> Void) {
    state.withLock { state in
      if state == .begun { stop() }
      state = .cancelled
    }
  }
}
