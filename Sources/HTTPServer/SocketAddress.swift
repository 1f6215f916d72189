import Glibc

/// Where a client connects from.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
  /// An IPv4 or IPv6 address without brackets; empty when unknown.
  package var host: String
  package var port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  init(_ storage: inout sockaddr_storage) {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = Int32(storage.ss_family)
    (host, port) = withUnsafeMutablePointer(to: &storage) { pointer in
      let raw = UnsafeMutableRawPointer(pointer)
      switch family {
      case AF_INET:
        let address = raw.assumingMemoryBound(to: sockaddr_in.self)
        inet_ntop(family, &address.pointee.sin_addr, &text, socklen_t(text.count))
        return (Self.string(text), Int(UInt16(bigEndian: address.pointee.sin_port)))
      case AF_INET6:
        let address = raw.assumingMemoryBound(to: sockaddr_in6.self)
        inet_ntop(family, &address.pointee.sin6_addr, &text, socklen_t(text.count))
        return (Self.string(text), Int(UInt16(bigEndian: address.pointee.sin6_port)))
      default:
        return ("", 0)
      }
    }
  }

  private static func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
