import CEpoll
import Glibc

/// The call that failed when a server could not listen.
package struct ListenError: Error, CustomStringConvertible {
  package let call: String
  package let reason: String
  let code: Int32
  package var description: String { "\(call): \(reason)" }

  init(_ call: String, _ code: Int32 = errno) {
    self.call = call
    self.code = code
    reason = String(cString: strerror(code))
  }

  init(resolving host: String, _ code: Int32) {
    call = "getaddrinfo \(host)"
    self.code = 0
    reason = String(cString: gai_strerror(code))
  }
}

/// One bound and listening socket, closed with its owner.
final class ListeningSocket: Sendable {
  let fd: Int32
  let port: Int

  private init(fd: Int32) {
    self.fd = fd
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &length) }
    }
    port = SocketAddress(&storage).port
  }

  deinit { close(fd) }

  /// One socket for each address of `host`, all on one port.
  static func listen(host: String, port: Int) throws -> [ListeningSocket] {
    // With port 0 the first address picks a port that may be taken on the second: then once more.
    for _ in 0..<16 {
      do { return try open(host: host, port: port) } catch let error as ListenError {
        guard port == 0, error.code == EADDRINUSE else { throw error }
      }
    }
    throw ListenError("bind", EADDRINUSE)
  }

  private static func open(host: String, port: Int) throws -> [ListeningSocket] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host == "*" ? nil : host, "0", &hints, &list)
    guard code == 0 else { throw ListenError(resolving: host, code) }
    defer { freeaddrinfo(list) }
    var sockets: [ListeningSocket] = []
    var missing: ListenError?
    var next = list
    while let info = next?.pointee {
      next = info.ai_next
      do {
        sockets.append(try bind(info, port: sockets.first?.port ?? port))
      } catch let error as ListenError where [EAFNOSUPPORT, EADDRNOTAVAIL].contains(error.code) {
        // A machine without IPv6 may still resolve to it.
        missing = error
      }
    }
    if sockets.isEmpty { throw missing ?? ListenError("bind", EADDRNOTAVAIL) }
    return sockets
  }

  private static func bind(_ info: addrinfo, port: Int) throws -> ListeningSocket {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let fd = socket(info.ai_family, type, 0)
    guard fd >= 0 else { throw ListenError("socket") }
    var one: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, size)
    // Accepted sockets inherit it: an answer must not wait for the acknowledgement of the last one.
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
    if info.ai_family == AF_INET6 {
      setsockopt(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &one, size)
    }
    if info.ai_family == AF_INET6 {
      info.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        $0.pointee.sin6_port = in_port_t(truncatingIfNeeded: port).bigEndian
      }
    } else {
      info.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        $0.pointee.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
      }
    }
    guard Glibc.bind(fd, info.ai_addr, info.ai_addrlen) == 0, Glibc.listen(fd, 1024) == 0 else {
      let error = ListenError("listen on port \(port)")
      close(fd)
      throw error
    }
    return ListeningSocket(fd: fd)
  }

  enum Accepted {
    case connection(Int32, SocketAddress)
    case none
    /// Descriptors or memory have run out: try again later.
    case exhausted
  }

  func accept() -> Accepted {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let client = cepoll_accept(fd, &storage, &length)
    if client >= 0 { return .connection(client, SocketAddress(&storage)) }
    switch errno {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
    default: return .none
    }
  }
}
