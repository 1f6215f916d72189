/// PostgreSQL's `numeric` as decimal text (`numeric_send` in PostgreSQL's numeric.c: four digits a
/// word, most significant first).
struct NumericText {
  let text: String

  /// `nil` for bytes that are no numeric, and for NaN and the infinities, which JSON has not.
  init?(_ cell: Cell) {
    guard let words = cell.integer(Int16.self), let weight = cell.integer(Int16.self, at: 2),
      let sign = cell.integer(UInt16.self, at: 4), let scale = cell.integer(Int16.self, at: 6),
      sign == 0 || sign == 0x4000, words >= 0, scale >= 0
    else { return nil }
    func group(_ index: Int) -> Int {
      guard index >= 0, index < words else { return 0 }
      return Int(cell.integer(Int16.self, at: 8 + 2 * index) ?? 0)
    }
    func digits(_ value: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
    var result = sign == 0 ? "" : "-"
    if weight < 0 {
      result += "0"
    } else {
      result += String(group(0))
      for index in 0..<Int(weight) { result += digits(group(index + 1)) }
    }
    if scale > 0 {
      var fraction = ""
      var index = Int(weight) + 1
      while fraction.utf8.count < Int(scale) {
        fraction += digits(group(index))
        index += 1
      }
      result += "." + fraction.prefix(Int(scale))
    }
    text = result
  }
}
