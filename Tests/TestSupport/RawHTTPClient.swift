import Glibc
import Reactors

/// A client that sends exactly the bytes it is told to, for what no decent client would send.
package final class RawHTTPClient: @unchecked Sendable {
  // Used by one task at a time.
  private let fd: Int32
  private var received: [UInt8] = []
  private var isOpen = true
  /// How long a test waits for bytes before it fails.
  private static let patience: Duration = .seconds(60)

  /// - Parameter receiveBuffer: bytes of the kernel's buffer; small for a client that reads slowly.
  package init(port: Int, host: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws {
    let isV6 = host.contains(":")
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    fd = socket(isV6 ? AF_INET6 : AF_INET, type, 0)
    var one: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    if var size = receiveBuffer { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    let port = in_port_t(truncatingIfNeeded: port).bigEndian
    let result: Int32
    if isV6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port
      inet_pton(AF_INET6, host, &address.sin6_addr)
      result = Self.connect(fd, &address, MemoryLayout<sockaddr_in6>.size)
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port
      inet_pton(AF_INET, host, &address.sin_addr)
      result = Self.connect(fd, &address, MemoryLayout<sockaddr_in>.size)
    }
    guard result == 0 else {
      let code = errno
      Glibc.close(fd)
      isOpen = false
      throw NeverHappened(description: "connect: \(String(cString: strerror(code)))")
    }
  }

  private static func connect(_ fd: Int32, _ address: UnsafeRawPointer, _ size: Int) -> Int32 {
    Glibc.connect(fd, address.assumingMemoryBound(to: sockaddr.self), socklen_t(size))
  }

  deinit { close() }

  package func close() {
    if isOpen { Glibc.close(fd) }
    isOpen = false
  }

  /// Closes with RST.
  package func reset() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Ends the sending side (FIN) and goes on reading.
  package func finishSending() { shutdown(fd, Int32(SHUT_WR)) }

  /// - Throws: when the server has closed or takes nothing for 20 s.
  package func send(_ bytes: some Collection<UInt8> & Sendable) async throws {
    let fd = fd
    try await offReactor {
      var rest = Array(bytes)[...]
      while !rest.isEmpty {
        try Self.wait(fd, POLLOUT, Self.patience)
        let sent = rest.withUnsafeBytes {
          Glibc.send(
            fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if sent > 0 {
          rest = rest.dropFirst(sent)
        } else if errno != EAGAIN, errno != EINTR {
          throw NeverHappened(description: "send: \(String(cString: strerror(errno)))")
        }
      }
    }
  }

  package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Whether bytes or the end arrive within `limit`.
  package func hasInput(within limit: Duration) async -> Bool {
    let fd = fd
    let arrived: Void? = try? await offReactor { try Self.wait(fd, POLLIN, limit) }
    return arrived != nil
  }

  /// One more piece; nil at the end of the stream, a reset included.
  package func receive() async throws -> [UInt8]? {
    if !received.isEmpty {
      defer { received = [] }
      return received
    }
    return try await more()
  }

  private func more() async throws -> [UInt8]? {
    let fd = fd
    return try await offReactor {
      try Self.wait(fd, POLLIN, Self.patience)
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = recv(fd, &buffer, buffer.count, 0)
      return count > 0 ? Array(buffer[..<count]) : nil
    }
  }

  package func readToEnd() async throws -> [UInt8] {
    var all: [UInt8] = []
    while let piece = try await receive() { all += piece }
    return all
  }

  /// Reads through the next occurrence of `mark`; nil when the stream ends before.
  package func read(through mark: String) async throws -> String? {
    let mark = Array(mark.utf8)
    while true {
      if let end = received.endOfFirst(mark) {
        defer { received.removeFirst(end) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      guard let piece = try await more() else { return nil }
      received += piece
    }
  }

  package func read(count: Int) async throws -> [UInt8]? {
    while received.count < count {
      guard let piece = try await more() else { return nil }
      received += piece
    }
    defer { received.removeFirst(count) }
    return Array(received[..<count])
  }

  private static func wait(_ fd: Int32, _ events: Int32, _ limit: Duration) throws {
    var entry = pollfd(fd: fd, events: Int16(events), revents: 0)
    let milliseconds = Int32(limit.nanoseconds / 1_000_000)
    guard poll(&entry, 1, milliseconds) > 0 else {
      throw NeverHappened(description: "the socket was ready within \(limit)")
    }
  }
}

extension [UInt8] {
  fileprivate func endOfFirst(_ mark: [UInt8]) -> Int? {
    guard count >= mark.count else { return nil }
    return (0...count - mark.count).first { self[$0..<$0 + mark.count].elementsEqual(mark) }
      .map { $0 + mark.count }
  }
}
