import Foundation
import Synchronization

/// A vendor on bare sockets. It answers every request whose path is not "/lost"; at that one it reads
/// the request to its end and closes or resets the connection without a byte of answer.
final class SilentPeer: Sendable {
  enum End: Sendable, CaseIterable { case close, reset }

  struct Seen: Sendable, Equatable {
    var method: String
    var path: String
    /// From 1.
    var connection: Int
  }

  private struct State {
    var seen: [Seen] = []
    var connections = 0
    var silences: Int
  }

  let port: Int
  private let listener: Int32
  private let end: End
  private let delay: Duration
  private let state: Mutex<State>

  /// - Parameters:
  ///   - delay: from the request to the end of its connection.
  ///   - silences: requests to "/lost" that are not answered; later ones are.
  init(_ end: End, after delay: Duration = .zero, silences: Int = .max) throws {
    self.end = end
    self.delay = delay
    state = Mutex(State(silences: silences))
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
    self.listener = listener
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread { [self] in acceptAll() }.start()
  }

  var url: String { "http://127.0.0.1:\(port)" }
  var seen: [Seen] { state.withLock(\.seen) }
  var connections: Int { state.withLock(\.connections) }

  /// Ends `accept`, and with it the thread.
  func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func acceptAll() {
    while true {
      let fd = accept(listener, nil, nil)
      guard fd >= 0 else { break }
      let number = state.withLock { state in
        state.connections += 1
        return state.connections
      }
      Thread { [self] in serve(fd, number) }.start()
    }
    Glibc.close(listener)
  }

  private func serve(_ fd: Int32, _ number: Int) {
    while let (method, path) = Self.readRequest(fd) {
      let isSilent = state.withLock { state in
        state.seen.append(Seen(method: method, path: path, connection: number))
        guard path == "/lost", state.silences > 0 else { return false }
        state.silences -= 1
        return true
      }
      if isSilent {
        usleep(UInt32(delay / .microseconds(1)))
        if case .reset = end {
          var none = linger(l_onoff: 1, l_linger: 0)
          setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
        }
        break
      }
      let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
      _ = answer.withCString { send(fd, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }
    Glibc.close(fd)
  }

  /// - Returns: nil when the client has closed.
  private static func readRequest(_ fd: Int32) -> (method: String, path: String)? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    var bodyStart: Int?
    var length = 0
    while true {
      let count = recv(fd, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer.prefix(count)
      let text = String(decoding: bytes, as: UTF8.self)
      if bodyStart == nil, let head = text.firstRange(of: "\r\n\r\n") {
        bodyStart = text[..<head.upperBound].utf8.count
        let field = text.lowercased().components(separatedBy: "content-length:").dropFirst().first
        length =
          field.flatMap { Int($0.prefix { $0 != "\r\n" }.trimmingCharacters(in: .whitespaces)) }
          ?? 0
      }
      if let bodyStart, bytes.count >= bodyStart + length {
        let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
        return (String(words[0]), String(words[1]))
      }
    }
  }
}
