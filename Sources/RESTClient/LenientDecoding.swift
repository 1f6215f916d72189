/// Vendors write ids and counts as numbers here and as strings there.
extension KeyedDecodingContainer {
  package func lenientInt64(_ key: Key) throws -> Int64 {
    if let number = try? decode(Int64.self, forKey: key) { return number }
    let text = try decode(String.self, forKey: key)
    guard let number = Int64(text) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "'\(text)' is no whole number")
    }
    return number
  }

  package func lenientInt64OrNil(_ key: Key) -> Int64? { try? lenientInt64(key) }

  package func lenientText(_ key: Key) -> String? {
    if let text = try? decode(String.self, forKey: key) { return text }
    return (try? decode(Int64.self, forKey: key)).map(String.init)
  }

  /// A member that is missing, null or of another type than documented is left out.
  package func optional<T: Decodable>(_ type: T.Type, _ key: Key) -> T? {
    (try? decodeIfPresent(type, forKey: key)) ?? nil
  }
}
