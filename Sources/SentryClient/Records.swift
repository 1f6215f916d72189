import RESTClient

/// A record of Sentry's that cannot be used. It fails alone: the rest of its page is read.
package struct UnreadableSentryRecord: Error, Sendable, Equatable {
  /// Sentry's own id, where at least that can be read.
  package var id: Int64?
  /// What people call it, for example `WEB-SHOP-1A`; else its id; else where on its page it is.
  package var name: String
  /// A sentence without its full stop, for example `its status is missing`.
  package var reason: String

  package init(id: Int64?, name: String, reason: String) {
    self.id = id
    self.name = name
    self.reason = reason
  }

  package var sentence: String {
    "\(name) was left out, because \(reason). Everything else was read."
  }
}

/// Members as Sentry and its look-alikes write them: ids and counts as numbers here and as strings there.
extension JSONValue {
  /// A string, or a whole number as text.
  func text(_ name: String) -> String? {
    switch self[name] {
    case .string(let text)?: text
    case .integer(let number)?: String(number)
    default: nil
    }
  }

  func int64(_ name: String) -> Int64? {
    switch self[name] {
    case .integer(let number)?: number
    case .number(let number)?: Int64(exactly: number.rounded())
    case .string(let text)?: Int64(text)
    default: nil
    }
  }

  /// For sentences: what stands where something else was expected.
  func shown(_ name: String) -> String {
    switch self[name] {
    case nil, .null?: "missing"
    case let value?: String(decoding: value.encoded().prefix(100), as: UTF8.self)
    }
  }
}

extension SentryClient {
  /// Sends a request and reads the whole answer. Text that is not Unicode (half of a surrogate pair) is
  /// mended where it stands, instead of making the answer unreadable.
  func value(_ request: RESTClient.Request) async throws -> JSONValue {
    try await valueAndFields(request).value
  }

  func valueAndFields(_ request: RESTClient.Request) async throws -> (
    value: JSONValue, headerFields: [String: String]
  ) {
    let response = try await rest.send(request)
    do {
      return (try JSONReader.read(response.body) { try $0.value() }, response.headerFields)
    } catch {
      throw rest.malformed(response, request, error)
    }
  }

  /// One record that is the whole answer.
  ///
  /// - Throws: `RESTError` when it cannot be used; it says why.
  func record<Record>(
    _ request: RESTClient.Request, _ read: (JSONValue) throws -> Record
  ) async throws -> Record {
    let response = try await rest.send(request)
    do {
      return try read(try JSONReader.read(response.body) { try $0.value() })
    } catch {
      throw rest.malformed(response, request, error)
    }
  }
}

extension UnreadableSentryRecord: CustomStringConvertible {
  package var description: String { "\(name) cannot be read: \(reason)" }
}
