package import RESTClient

extension JiraClient {
  /// The keys of an issue's properties.
  package func propertyKeys(_ idOrKey: String) async throws -> [String] {
    struct Answer: Decodable {
      struct Key: Decodable { var key: String }
      var keys: [Key]
    }
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey, "/properties"), endpoint: "issue/properties")
    return try await rest.decode(Answer.self, request).keys.map(\.key)
  }

  /// - Returns: nil when the issue has no such property, and when there is no such issue.
  package func property(_ idOrKey: String, _ key: String) async throws -> JSONValue? {
    struct Answer: Decodable { var value: JSONValue }
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey, "/properties/\(RESTClient.encoded(key))"),
      endpoint: "issue/properties")
    do {
      return try await rest.decode(Answer.self, request).value
    } catch let error as RESTError where error.status == 404 {
      return nil
    }
  }

  /// - Parameter value: ≤ 32,768 characters as JSON.
  package func setProperty(_ idOrKey: String, _ key: String, to value: JSONValue) async throws {
    _ = try await rest.send(
      RESTClient.Request(
        "PUT", Self.path(idOrKey, "/properties/\(RESTClient.encoded(key))"), body: value.encoded(),
        endpoint: "issue/properties", isRepeatable: true, changing: idOrKey))
  }

  /// One that is not there is no error.
  package func deleteProperty(_ idOrKey: String, _ key: String) async throws {
    do {
      _ = try await rest.send(
        RESTClient.Request(
          "DELETE", Self.path(idOrKey, "/properties/\(RESTClient.encoded(key))"),
          endpoint: "issue/properties", isRepeatable: true, changing: idOrKey))
    } catch let error as RESTError where error.status == 404 {}
  }
}
