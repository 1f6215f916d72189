import CZlib
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization
import Testing

@Suite struct TransportLimitTests {
  /// `megabytes` of zeros, gzipped: a thousandth of that.
  private static func bomb(megabytes: Int) throws -> [UInt8] {
    var stream = z_stream()
    // 15 + 16: the largest window, with gzip's frame.
    try #require(
      deflateInit2_(
        &stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK)
    defer { deflateEnd(&stream) }
    var zeros = [UInt8](repeating: 0, count: 1 << 20)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var packed: [UInt8] = []
    for megabyte in 1...megabytes {
      let flush = megabyte == megabytes ? Z_FINISH : Z_NO_FLUSH
      zeros.withUnsafeMutableBufferPointer { zeros in
        buffer.withUnsafeMutableBufferPointer { buffer in
          stream.next_in = zeros.baseAddress
          stream.avail_in = uInt(zeros.count)
          repeat {
            stream.next_out = buffer.baseAddress
            stream.avail_out = uInt(buffer.count)
            deflate(&stream, flush)
            packed += buffer.prefix(buffer.count - Int(stream.avail_out))
          } while stream.avail_out == 0
        }
      }
    }
    return packed
  }

  @Test func `an answer that unpacks to more than is allowed is refused`() async throws {
    let bomb = try Self.bomb(megabytes: 256)
    #expect(bomb.count < 1 << 20)
    let peer = try Peer { _ in
      Response(headerFields: [.contentEncoding: "gzip"], body: .bytes(bomb))
    }
    let transport = try CurlTransport(policy: nil)
    let error = await #expect(throws: TransportError.self) {
      try await transport.send(
        TransportRequest(method: "GET", url: peer.url, largestBody: 2 << 20))
    }
    #expect(error?.kind == .tooLarge)
    await peer.close()
  }

  @Test func `an answer that unpacks to what is allowed is read`() async throws {
    let packed = try Self.bomb(megabytes: 2)
    let peer = try Peer { _ in
      Response(headerFields: [.contentEncoding: "gzip"], body: .bytes(packed))
    }
    let answer = try await CurlTransport(policy: nil).send(
      TransportRequest(method: "GET", url: peer.url, largestBody: 2 << 20))
    #expect(answer.body.count == 2 << 20)
    await peer.close()
  }

  /// The ports that requests came from: one a connection.
  private final class Ports: Sendable {
    private let seen = Mutex<Set<Int>>([])
    func note(_ request: Request) {
      let port = request.remoteAddress.port
      seen.withLock { _ = $0.insert(port) }
    }
    var count: Int { seen.withLock { $0.count } }
  }

  @Test func `requests that follow each other use one connection`() async throws {
    let ports = Ports()
    let peer = try Peer { request in
      ports.note(request)
      return Response(body: .bytes(Array("{}".utf8)))
    }
    let transport = try CurlTransport(policy: nil)
    for number in 0..<100 {
      let body: [UInt8]? = number.isMultiple(of: 3) ? Array("{}".utf8) : nil
      let answer = try await transport.send(
        TransportRequest(
          method: body == nil ? "GET" : "POST", url: peer.url, body: body, isRepeatable: true))
      #expect(answer.status == 200)
    }
    #expect(ports.count == 1)
    await peer.close()
  }

  @Test func `a thousand requests at once are all answered, over sixteen connections`()
    async throws
  {
    let ports = Ports()
    let running = Mutex((now: 0, most: 0))
    let peer = try Peer { request in
      ports.note(request)
      running.withLock { running in
        running.now += 1
        running.most = max(running.most, running.now)
      }
      try await Task.sleep(for: .milliseconds(1))
      running.withLock { $0.now -= 1 }
      return Response(body: .bytes(Array(repeating: 65, count: 2000)))
    }
    let transport = try CurlTransport(policy: nil)
    let url = peer.url
    let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<1000 {
        group.addTask {
          try await transport.send(TransportRequest(method: "GET", url: url)).body.count
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sizes.count == 1000)
    #expect(sizes.allSatisfy { $0 == 2000 })
    #expect(running.withLock(\.most) <= 16)
    #expect(ports.count <= 16)
    await peer.close()
  }

  @Test(arguments: [301, 302, 303, 307, 308], ["GET", "POST"])
  func `no redirect carries credentials to another host, nor anything else`(
    status: Int, method: String
  ) async throws {
    let received = Count()
    let elsewhere = try Peer { _ in
      _ = received.next()
      return Response(body: .bytes(Array("{}".utf8)))
    }
    let target = elsewhere.url + "/steal"
    let vendor = try Peer { request in
      #expect(request.headerFields[.authorization] == "Bearer canary-secret")
      return Response(
        status: HTTPResponse.Status(code: status), headerFields: [.location: target])
    }
    let client = RESTClient(
      baseURL: vendor.url, authorization: "Bearer canary-secret",
      transport: try CurlTransport(policy: nil))
    let error = await #expect(throws: RESTError.self) {
      try await client.send(.init(method, "/a", body: method == "POST" ? [] : nil, endpoint: "a"))
    }
    #expect(error?.status == status)
    #expect(received.now == 0)
    await vendor.close()
    await elsewhere.close()
  }
}
