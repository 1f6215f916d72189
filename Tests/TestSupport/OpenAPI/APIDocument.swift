package import Foundation
package import RESTClient

/// `openapi.yaml`, and whether an answer is as it says.
package struct APIDocument: Sendable {
  package struct Operation: Sendable {
    package var method: String
    package var path: String
    package var object: JSONValue
  }

  package static let shared = Result {
    try APIDocument(text: String(contentsOf: file, encoding: .utf8))
  }
  package static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "openapi.yaml")
  /// What the server itself refuses, before any operation is chosen or while its body comes.
  private static let refusals: Set<Int> = [408, 414, 417, 431, 501]

  package let root: JSONValue
  package let operations: [Operation]
  /// For answers: a member that the document does not name is a mistake.
  package let validator: SchemaValidator

  package init(text: String) throws {
    root = try JSONValue(yaml: text)
    validator = SchemaValidator(document: root, allowsUnnamedMembers: false)
    guard case .object(let paths)? = root["paths"] else {
      operations = []
      return
    }
    operations = paths.sorted { $0.key < $1.key }.flatMap { path, item -> [Operation] in
      guard case .object(let methods) = item else { return [] }
      return methods.filter { $0.key != "parameters" }.sorted { $0.key < $1.key }
        .map { Operation(method: $0.key.uppercased(), path: path, object: $0.value) }
    }
  }

  /// What is wrong with an answer by the document.
  ///
  /// - Parameters:
  ///   - target: the request's target; its query is left aside.
  ///   - headerFields: of the answer, names in lower case.
  package func mistakes(
    method: String, target: String, status: Int, headerFields: [String: String], body: [UInt8]
  ) -> [String] {
    var found: [String] = []
    if headerFields["x-request-id"] == nil { found.append("X-Request-Id is missing") }
    let path = String(target.prefix { $0 != "?" })
    if method == "OPTIONS", status == 204 {
      return found + (headerFields["allow"] == nil ? ["Allow is missing"] : [])
    }
    let candidates = operations(at: path)
    let sought = method == "HEAD" ? "GET" : method
    guard let operation = candidates.first(where: { $0.method == sought }) else {
      let expected = candidates.isEmpty ? 404 : 405
      if status != expected, !Self.refusals.contains(status), status != 400 {
        found.append("\(status) where there is no such operation")
      }
      return found + problemMistakes(headerFields, body, isHead: method == "HEAD")
    }
    if Self.refusals.contains(status) {
      return found + problemMistakes(headerFields, body, isHead: false)
    }
    let name = "\(operation.method) \(operation.path)"
    guard let described = operation.object["responses"]?[String(status)] else {
      return found + ["\(name): the status \(status) is not documented"]
    }
    let response = validator.resolved(described)
    found += fieldMistakes(headerFields, response)
    found += bodyMistakes(headerFields, body, response, isHead: method == "HEAD")
    return found.map { "\(name) \(status): \($0)" }
  }

  /// What is wrong by the document with a JSON body that the service accepted.
  package func mistakes(accepting body: [UInt8], method: String, target: String) -> [String] {
    let path = String(target.prefix { $0 != "?" })
    guard !body.isEmpty, let operation = operations(at: path).first(where: { $0.method == method })
    else { return [] }
    let name = "\(operation.method) \(operation.path)"
    let request = validator.resolved(operation.object["requestBody"] ?? .null)
    guard case .object(let contents)? = request["content"],
      let schema = contents.first?.value["schema"]
    else { return ["\(name): accepted a body, but none is documented"] }
    guard let value = try? JSONValue(parsing: body) else {
      return ["\(name): accepted what is no JSON"]
    }
    return validator.mistakes(in: value, against: schema).map {
      "\(name): accepted a body with \($0)"
    }
  }

  /// The operations of the path template that fits best: literal segments before parameters.
  package func operations(at path: String) -> [Operation] {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    let fitting = operations.filter { operation in
      let template = operation.path.split(separator: "/", omittingEmptySubsequences: false)
      return template.count == segments.count
        && zip(template, segments).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && !$1.isEmpty) }
    }
    let fewest = fitting.map { $0.path.count { $0 == "{" } }.min()
    return fitting.filter { $0.path.count { $0 == "{" } == fewest }
  }

  private func problemMistakes(_ fields: [String: String], _ body: [UInt8], isHead: Bool)
    -> [String]
  {
    let problem = validator.resolved(["$ref": "#/components/responses/NotFound"])
    return bodyMistakes(fields, body, problem, isHead: isHead)
  }

  private func fieldMistakes(_ fields: [String: String], _ response: JSONValue) -> [String] {
    guard case .object(let documented)? = response["headers"] else { return [] }
    return documented.sorted { $0.key < $1.key }.flatMap { name, described -> [String] in
      let header = validator.resolved(described)
      guard let value = fields[name.lowercased()] else {
        return header["required"] == .bool(true) ? ["the header field \(name) is missing"] : []
      }
      let typed = Int64(value).map(JSONValue.integer) ?? .string(value)
      let schema = validator.resolved(header["schema"] ?? .bool(true))
      let isText = schema["type"]?.stringValue == "string"
      return validator.mistakes(in: isText ? .string(value) : typed, against: schema, at: name)
    }
  }

  private func bodyMistakes(
    _ fields: [String: String], _ body: [UInt8], _ response: JSONValue, isHead: Bool
  ) -> [String] {
    guard case .object(let contents)? = response["content"] else {
      return body.isEmpty ? [] : ["there is a body where none is documented"]
    }
    let type = fields["content-type"] ?? ""
    let essence = type.split(separator: ";").first.map(String.init) ?? ""
    guard let content = contents[essence] else {
      return ["the media type '\(type)' is not documented"]
    }
    if isHead { return body.isEmpty ? [] : ["an answer to HEAD has a body"] }
    guard essence.hasSuffix("json"), let schema = content["schema"] else { return [] }
    do {
      return validator.mistakes(in: try JSONValue(parsing: body), against: schema)
    } catch {
      return ["the body is no JSON: \(error)"]
    }
  }
}
