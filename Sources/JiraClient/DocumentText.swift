/// Text as Jira takes it: nothing invisible that it refuses, or that would turn the text around it.
extension String {
  /// Without control characters other than tab and line break, terminal colours, marks that change the
  /// direction of what follows, and code points that are no characters. Every kind of line break
  /// becomes `\n`.
  package var withoutControls: String {
    guard unicodeScalars.contains(where: \.isUnwanted) else { return self }
    var clean = UnicodeScalarView()
    var scalars = unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\r":
        if scalars.first == "\n" { scalars.removeFirst() }
        clean.append("\n")
      case "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}": clean.append("\n")
      case "\u{1B}": scalars = scalars.dropFirst(Self.lengthOfSequence(scalars))
      case let scalar where scalar.isUnwanted: continue
      default: clean.append(scalar)
      }
    }
    return String(clean)
  }

  /// `withoutControls` in one line: every run of white space is one space.
  package var onOneLine: String {
    withoutControls.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// How many of the scalars behind an escape character are a terminal's control sequence (ECMA-48
  /// §5.4), such as `[31m`; 0 where there is none.
  private static func lengthOfSequence(_ scalars: Substring.UnicodeScalarView) -> Int {
    guard scalars.first == "[" else { return 0 }
    var length = 1
    for scalar in scalars.dropFirst() {
      length += 1
      switch scalar.value {
      case 0x20...0x3F: continue
      case 0x40...0x7E: return length
      default: return 0
      }
    }
    return 0
  }

  /// Jira counts UTF-16 code units, as Java does.
  package var units: Int { utf16.count }

  /// The beginning of at most so many UTF-16 code units. No character is split, unless it is longer
  /// than any that people write.
  package func prefix(units: Int) -> Substring {
    guard utf16.count > units else { return self[...] }
    guard units > 0 else { return self[..<startIndex] }
    var end = utf16.index(startIndex, offsetBy: units)
    for _ in 0..<Self.maxCharacterUnits where end > startIndex {
      if String.Index(end, within: self) != nil { return self[..<end] }
      end = utf16.index(before: end)
    }
    end = utf16.index(startIndex, offsetBy: units)
    while end > startIndex, String.Index(end, within: unicodeScalars) == nil {
      end = utf16.index(before: end)
    }
    return self[..<end]
  }

  private static let maxCharacterUnits = 40
}

extension Unicode.Scalar {
  fileprivate var isUnwanted: Bool {
    switch value {
    case 0x09, 0x0A, 0x20..<0x7F: false
    case ..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFDD0...0xFDEF: true
    default: value & 0xFFFE == 0xFFFE
    }
  }
}
