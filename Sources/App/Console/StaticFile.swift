import Cryptography
import Foundation
import HTTPServer
import HTTPTypes

/// A file as it is sent, plain and compressed, each with its strong entity tag (RFC 9110, 8.8.3).
struct StaticFile: Sendable {
  /// Files below this many bytes are not worth compressing.
  private static let leastCompressedBytes = 400

  private let mediaType: String
  private let plain: (bytes: [UInt8], tag: String)
  private let compressed: (bytes: [UInt8], tag: String)?

  init(_ bytes: [UInt8], mediaType: String) {
    self.mediaType = mediaType
    plain = (bytes, Self.tag(bytes))
    guard bytes.count >= Self.leastCompressedBytes, mediaType != "image/png",
      let gzip = Gzip.compress(bytes), gzip.count < bytes.count
    else {
      compressed = nil
      return
    }
    compressed = (gzip, Self.tag(gzip))
  }

  /// The media type by the name's ending; nil for what is not served.
  static func mediaType(of name: String) -> String? {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "svg": "image/svg+xml"
    case "png": "image/png"
    case "yaml": "application/yaml"
    default: nil
    }
  }

  /// The answer to a GET, 304 when the client has the file already.
  func response(to request: Request) -> Response {
    let accepts = Self.acceptsGzip(request.headerFields[.acceptEncoding] ?? "")
    let chosen = accepts ? compressed ?? plain : plain
    var fields: HTTPFields = [
      .eTag: chosen.tag, .vary: "Accept-Encoding",
      // Kept by the browser, asked about each time: a new version is never mixed with an old one.
      .cacheControl: "no-cache",
    ]
    let known = (request.headerFields[.ifNoneMatch] ?? "").split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces).trimmingPrefix("W/") }
    if known.contains(where: { $0 == chosen.tag || $0 == "*" }) {
      return Response(status: .notModified, headerFields: fields)
    }
    fields[.contentType] = mediaType
    if accepts, compressed != nil { fields[.contentEncoding] = "gzip" }
    return Response(headerFields: fields, body: .bytes(chosen.bytes))
  }

  private static func tag(_ bytes: [UInt8]) -> String {
    "\"\(SHA256Digest.hex(of: bytes).prefix(32))\""
  }

  /// Whether the list has gzip with a weight above 0 (RFC 9110, 12.5.3).
  private static func acceptsGzip(_ field: String) -> Bool {
    field.lowercased().split(separator: ",").contains { coding in
      let parts = coding.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.first == "gzip" else { return false }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
      return weight.flatMap { Double($0) } ?? 1 > 0
    }
  }
}
