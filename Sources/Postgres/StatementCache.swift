/// The statements that one connection has prepared.
struct StatementCache {
  /// Beyond it statements are sent unprepared, so that composed texts cannot fill the server's
  /// memory.
  static let capacity = 512

  struct Prepared {
    let name: String
    let types: [UInt32]
  }

  private var variants: [Statement: [Prepared]] = [:]
  private var count = 0
  /// Never reused: an older statement of the same name may still be on its way out.
  private var lastNumber = 0

  var isFull: Bool { count >= Self.capacity }

  /// The prepared form that takes `parameters`; there is one for each list of types.
  func find(_ statement: Statement, _ parameters: Parameters) -> Prepared? {
    variants[statement]?.first { parameters.fit($0.types) }
  }

  mutating func nextName() -> String {
    lastNumber += 1
    return "s\(lastNumber)"
  }

  mutating func insert(_ prepared: Prepared, for statement: Statement) {
    variants[statement, default: []].append(prepared)
    count += 1
  }

  mutating func remove(_ name: String, for statement: Statement) {
    guard let index = variants[statement]?.firstIndex(where: { $0.name == name }) else { return }
    variants[statement]?.remove(at: index)
    count -= 1
  }

  mutating func removeAll() {
    variants = [:]
    count = 0
  }
}
