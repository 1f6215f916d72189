import CLibcurl
import Foundation

/// One transfer. Only the transport's thread touches it once it was submitted.
final class CurlTransfer: @unchecked Sendable {
  let request: TransportRequest
  let continuation: CheckedContinuation<TransportResponse, any Error>
  let allowsAddress: @Sendable (_ address: String) -> Bool
  /// Most bytes that are reserved for a body before any of it has come.
  private static let largestReserve = 1 << 20

  private(set) var easy: UnsafeMutableRawPointer?
  private var list: UnsafeMutablePointer<curl_slist>?
  private var body: [UInt8] = []
  private var headerFields: [String: String] = [:]
  private var isTooLarge = false
  /// Where libcurl writes what went wrong in detail.
  private let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var isRefused = false

  init(
    _ request: TransportRequest, allowsAddress: @escaping @Sendable (String) -> Bool,
    continuation: CheckedContinuation<TransportResponse, any Error>
  ) {
    self.request = request
    self.allowsAddress = allowsAddress
    self.continuation = continuation
    reason.pointee = 0
  }

  deinit { reason.deallocate() }

  /// A name that is no token or a value with a control character would smuggle header fields.
  static func isValid(_ request: TransportRequest) -> Bool {
    request.headerFields.allSatisfy { name, value in
      !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
        && value.utf8.allSatisfy { ($0 >= 32 && $0 != 127) || $0 == 9 }
    } && request.url.utf8.allSatisfy { $0 > 32 && $0 < 127 }
  }

  /// Sets up the handle; the transfer keeps everything it points to.
  func prepare(_ handle: UnsafeMutableRawPointer) {
    easy = handle
    setText(CURLOPT_URL, request.url)
    setText(CURLOPT_CUSTOMREQUEST, request.method)
    // An answer to HEAD states a length and has no body: without this libcurl waits for one.
    if request.method == "HEAD" { clibcurl_set_long(handle, CURLOPT_NOBODY, 1) }
    for (name, value) in request.headerFields {
      list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    list = curl_slist_append(list, "Expect:")
    clibcurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
    if let body = request.body {
      clibcurl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count)
      // Never a null pointer, which would mean "read the body from standard input"; libcurl copies.
      _ = (body.isEmpty ? [0] : body).withUnsafeBytes {
        clibcurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
      }
    }
    clibcurl_set_pointer(handle, CURLOPT_ERRORBUFFER, reason)
    setText(CURLOPT_PROTOCOLS_STR, "http,https")
    setText(CURLOPT_ACCEPT_ENCODING, "")
    setText(CURLOPT_PROXY, "")
    clibcurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    clibcurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
    clibcurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(request.timeout / .milliseconds(1)))
    clibcurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, 10_000)
    clibcurl_set_long(handle, CURLOPT_BUFFERSIZE, 128 << 10)
    // On a connection that was used before, libcurl sends any request again when that connection ends
    // without a byte of answer, POST included, and says nothing of it. On a new one it does not.
    if !request.isRepeatable { clibcurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1) }
    setCallbacks(handle)
  }

  private func setCallbacks(_ handle: UnsafeMutableRawPointer) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    clibcurl_set_pointer(handle, CURLOPT_WRITEDATA, me)
    clibcurl_set_pointer(handle, CURLOPT_HEADERDATA, me)
    clibcurl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, me)
    clibcurl_set_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, me in
      CurlTransfer.from(me)?.receive(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
    }
    clibcurl_set_callback(handle, CURLOPT_HEADERFUNCTION) { data, size, count, me in
      CurlTransfer.from(me)?.receiveHeader(
        UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
    }
    clibcurl_set_opensocket(handle) { me, _, address in
      CurlTransfer.from(me)?.open(address) ?? CURL_SOCKET_BAD
    }
  }

  private static func from(_ pointer: UnsafeMutableRawPointer?) -> CurlTransfer? {
    pointer.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
  }

  private func setText(_ option: CURLoption, _ text: String) {
    _ = text.withCString { clibcurl_set_pointer(easy, option, $0) }
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard body.count + bytes.count <= request.largestBody else {
      isTooLarge = true
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
    if bytes.starts(with: "HTTP/".utf8) {
      headerFields = [:]
    } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
      let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
      let value = Self.trimmed(bytes[(colon + 1)...])
      headerFields[name] = headerFields[name].map { "\($0), \(value)" } ?? value
      if name == "content-length", let length = Int(value) { expect(length) }
    }
    return bytes.count
  }

  /// Makes room at once for what is announced; not for any size that a server may name.
  private func expect(_ length: Int) {
    body.reserveCapacity(min(max(length, 0), request.largestBody, Self.largestReserve))
  }

  /// Without the blanks and the line's end around it.
  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    let rest = bytes.drop(while: isBlank)
    let end = rest.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? rest.startIndex
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  /// The last word on where a connection goes: the address a name was resolved to.
  private func open(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
    guard let address else { return CURL_SOCKET_BAD }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let named = withUnsafePointer(to: &address.pointee.addr) {
      getnameinfo(
        $0, socklen_t(address.pointee.addrlen), &host, socklen_t(host.count), nil, 0,
        NI_NUMERICHOST)
    }
    let text = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard named == 0, allowsAddress(text) else {
      isRefused = true
      return CURL_SOCKET_BAD
    }
    return socket(
      address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
      address.pointee.protocol)
  }

  /// What came of it, once libcurl is done with the handle.
  func result(_ code: CURLcode) -> Result<TransportResponse, any Error> {
    guard code == CURLE_OK else { return .failure(error(code)) }
    var status = 0
    clibcurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return .success(
      TransportResponse(status: status, headerFields: headerFields, body: body))
  }

  private func error(_ code: CURLcode) -> TransportError {
    let text = String(cString: curl_easy_strerror(code))
    if isRefused {
      return TransportError(
        kind: .refusedAddress,
        message: "the host name leads to a private address, which is not allowed",
        mayHaveBeenReceived: false)
    }
    if isTooLarge {
      return TransportError(
        kind: .tooLarge, message: "the answer is larger than \(request.largestBody) bytes",
        mayHaveBeenReceived: true)
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_URL_MALFORMAT,
      CURLE_UNSUPPORTED_PROTOCOL:
      return TransportError(kind: .connection, message: text, mayHaveBeenReceived: false)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
      let detail = String(cString: reason)
      return TransportError(
        kind: .tls, message: detail.isEmpty ? text : detail, mayHaveBeenReceived: false,
        tlsFault: tlsFault(code, detail))
    case CURLE_OPERATION_TIMEDOUT:
      var sent = 0
      clibcurl_get_long(easy, CURLINFO_REQUEST_SIZE, &sent)
      return TransportError(kind: .timeout, message: text, mayHaveBeenReceived: sent > 0)
    default:
      return TransportError(kind: .connection, message: text, mayHaveBeenReceived: true)
    }
  }

  private func tlsFault(_ code: CURLcode, _ detail: String) -> TLSFault {
    guard code == CURLE_PEER_FAILED_VERIFICATION else {
      let isPlain = ["wrong version number", "packet length too long", "http request"]
        .contains(where: detail.contains)
      return isPlain ? .notTLS : .other
    }
    var verdict = 0
    clibcurl_get_long(easy, CURLINFO_SSL_VERIFYRESULT, &verdict)
    // OpenSSL's numbers (x509_vfy.h). A chain in order and a refusal: the name does not fit.
    switch verdict {
    case 0, 62: return .wrongHost
    case 9: return .notYetValid
    case 10: return .expired
    case 18, 19: return .selfSigned
    case 2, 20, 21: return .unknownIssuer
    case 23: return .revoked
    default: return .other
    }
  }

  func release() { curl_slist_free_all(list) }
}
