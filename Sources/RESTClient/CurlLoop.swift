import CLibcurl
import Synchronization

/// The thread that drives all transfers. `start`, `cancel` and `close` may be called from anywhere.
final class CurlLoop: @unchecked Sendable {
  private struct Queue {
    var starting: [(id: Int, transfer: CurlTransfer)] = []
    var cancelled: [Int] = []
    var isClosed = false
  }

  /// Most connections to one host; more requests wait inside libcurl.
  static let connectionsPerHost = 16
  /// Most idle connections that are kept.
  static let idleConnections = 32

  private let queue = Mutex(Queue())
  private let multi: UnsafeMutableRawPointer
  // The thread's own.
  private var transfers: [Int: CurlTransfer] = [:]
  private var ids: [UnsafeMutableRawPointer: Int] = [:]
  private var spareHandles: [UnsafeMutableRawPointer] = []

  private static let initialized = clibcurl_global_init()

  init() throws {
    _ = Self.initialized
    guard let multi = curl_multi_init() else {
      throw TransportError(
        kind: .connection, message: "libcurl cannot be started", mayHaveBeenReceived: false)
    }
    self.multi = multi
    clibcurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, Self.connectionsPerHost)
    clibcurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.idleConnections)
  }

  func start(_ id: Int, _ transfer: CurlTransfer) {
    let isClosed = queue.withLock { queue in
      if !queue.isClosed { queue.starting.append((id, transfer)) }
      return queue.isClosed
    }
    if isClosed {
      transfer.continuation.resume(throwing: CancellationError())
    } else {
      curl_multi_wakeup(multi)
    }
  }

  /// For a transfer that was started; one that has ended already is left alone.
  func cancel(_ id: Int) {
    queue.withLock { $0.cancelled.append(id) }
    curl_multi_wakeup(multi)
  }

  func close() {
    queue.withLock { $0.isClosed = true }
    curl_multi_wakeup(multi)
  }

  func run() {
    while true {
      let (starting, cancelled, isClosed) = takeQueue()
      for (id, transfer) in starting { begin(id, transfer) }
      for id in cancelled { end(id, .failure(CancellationError())) }
      if isClosed { return cleanUp() }
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      collect()
      curl_multi_poll(multi, nil, 0, 1000, nil)
    }
  }

  private func takeQueue() -> ([(id: Int, transfer: CurlTransfer)], [Int], Bool) {
    queue.withLock { queue in
      let starting = queue.starting
      queue.starting = []
      let cancelled = queue.cancelled
      queue.cancelled = []
      return (starting, cancelled, queue.isClosed)
    }
  }

  private func begin(_ id: Int, _ transfer: CurlTransfer) {
    guard let handle = spareHandles.popLast() ?? curl_easy_init() else {
      transfer.continuation.resume(
        throwing: TransportError(
          kind: .connection, message: "libcurl has no memory", mayHaveBeenReceived: false))
      return
    }
    transfer.prepare(handle)
    transfers[id] = transfer
    ids[handle] = id
    curl_multi_add_handle(multi, handle)
  }

  private func collect() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let id = ids[handle], let transfer = transfers[id]
      else { continue }
      end(id, transfer.result(clibcurl_message_result(message)))
    }
  }

  private func end(_ id: Int, _ result: Result<TransportResponse, any Error>) {
    guard let transfer = transfers.removeValue(forKey: id), let handle = transfer.easy else {
      return
    }
    curl_multi_remove_handle(multi, handle)
    ids[handle] = nil
    transfer.release()
    // Keeps nothing of the request, but its connections and caches stay with the multi handle.
    curl_easy_reset(handle)
    spareHandles.append(handle)
    transfer.continuation.resume(with: result)
  }

  private func cleanUp() {
    for id in Array(transfers.keys) { end(id, .failure(CancellationError())) }
    for handle in spareHandles { curl_easy_cleanup(handle) }
    curl_multi_cleanup(multi)
  }
}
