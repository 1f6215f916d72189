import Foundation
import HTTPServer
import HTTPTypes
import RESTClient

/// One authenticated request, as handlers see it.
struct Call: Sendable {
  let request: Request
  let principal: Principal

  /// Largest JSON body of an ordinary request, in bytes.
  static let bodyLimit = 1_000_000

  /// The id in the path.
  ///
  /// - Throws: a 404, since a path with something else is no resource.
  func id(_ name: String = "id") throws -> Int64 {
    guard let text = request.parameters[name], let id = Int64(text), id > 0 else {
      throw Problem.notFound("resource at \(request.path)")
    }
    return id
  }

  /// What `If-Match` asks before a change.
  var precondition: Precondition { Precondition(request.headerFields[.ifMatch]) }

  func query() throws -> QueryFields { try QueryFields(request.query) }

  /// Refuses every query parameter: for routes that take none.
  func refuseQuery() throws { try query().finish() }

  /// The body as a JSON object.
  func fields(upTo limit: Int = Self.bodyLimit) async throws -> BodyFields {
    let bytes = try await request.body.collect(upTo: limit)
    guard !bytes.isEmpty else {
      throw Problem.badRequest("The request needs a JSON object as its body.")
    }
    return try parse(bytes)
  }

  /// As `fields()`, but no body at all is an empty object.
  func optionalFields() async throws -> BodyFields {
    let bytes = try await request.body.collect(upTo: Self.bodyLimit)
    return bytes.isEmpty ? BodyFields([:]) : try parse(bytes)
  }

  private func parse(_ bytes: [UInt8]) throws -> BodyFields {
    let type = request.headerFields[.contentType] ?? ""
    let essence = type.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces) }
    let accepted = ["application/json", "application/merge-patch+json"]
    guard let essence, accepted.contains(essence.lowercased()) else {
      throw Problem(
        415, "unsupported-media-type", "Unsupported media type",
        "Send the body as application/json; it came as '\(essence ?? "nothing")'.")
    }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw Problem(
        400, "malformed-json", "Malformed JSON", "The body is not valid JSON: \(error).")
    }
    guard case .object(let object) = value else {
      throw Problem.badRequest("The body must be a JSON object.")
    }
    // PostgreSQL stores no U+0000, in no text and no JSON.
    if let name = object.keys.sorted().first(where: { object[$0]?.containsNUL ?? false }) {
      throw Problem.invalid("/\(name)", "Must not contain the character U+0000.")
    }
    return BodyFields(object)
  }
}

extension JSONValue {
  fileprivate var containsNUL: Bool {
    switch self {
    case .string(let text): text.utf8.contains(0)
    case .array(let items): items.contains { $0.containsNUL }
    case .object(let members):
      members.contains { $0.key.utf8.contains(0) || $0.value.containsNUL }
    default: false
    }
  }
}
