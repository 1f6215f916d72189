import Glibc

extension JSONReader {
  /// Whether an object or array comes next: only these end with themselves, while a 1 may be the
  /// beginning of a 12.
  package mutating func isAtTree() -> Bool {
    let first = next()
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  /// Passes over an object or array that is, byte for byte, one that was met before in this text and at
  /// the same depth: what it stands for is known then.
  ///
  /// - Parameter places: where those stand that were met.
  /// - Returns: which of them it is.
  package mutating func passRepeat(of places: [Range<Int>]) -> Int? {
    guard isAtTree(), let base = bytes.baseAddress else { return nil }
    for (index, place) in places.enumerated() {
      let end = position &+ place.count
      guard end <= bytes.count, bytes[end &- 1] == bytes[place.upperBound &- 1],
        memcmp(base + position, base + place.lowerBound, place.count) == 0
      else { continue }
      position = end
      return index
    }
    return nil
  }
}
