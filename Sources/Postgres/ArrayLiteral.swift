/// An array written as PostgreSQL reads it from text (manual, section 8.15.2), for `text::text[]`: arrays of arrays
/// of different lengths cannot be unnested by row, and no separator is safe from what people write.
package enum ArrayLiteral {
  package static func text(of elements: [String]) -> String {
    guard !elements.isEmpty else { return "{}" }
    var text = "{"
    for (position, element) in elements.enumerated() {
      text += position == 0 ? "\"" : ",\""
      if element.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
        for scalar in element.unicodeScalars {
          if scalar == "\"" || scalar == "\\" { text += "\\" }
          text.unicodeScalars.append(scalar)
        }
      } else {
        text += element
      }
      text += "\""
    }
    return text + "}"
  }
}
