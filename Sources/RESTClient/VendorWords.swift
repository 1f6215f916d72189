import Foundation

/// What a vendor says in the body of an error, as one line of plain text. Bodies come in many shapes:
/// Jira's ErrorCollection, Django's lists of complaints by field, nested ones, bare strings, web pages.
package enum VendorWords {
  /// Longest text that is quoted, in characters.
  static let maxLength = 1_000
  /// Longest text that is quoted of a web page, in characters.
  static let maxPageLength = 300
  /// Levels of a body that are looked at.
  private static let maxDepth = 12

  /// - Parameter contentType: of the body.
  /// - Returns: nil when the body says nothing readable.
  static func text(of body: [UInt8], contentType: String?) -> String? {
    guard !body.isEmpty else { return nil }
    let isPage = contentType?.lowercased().contains("html") == true
    if !isPage, let value = try? JSONValue(parsing: body) { return text(of: value) }
    let text = String(decoding: body, as: UTF8.self)
    let looksLikePage = isPage || text.drop(while: \.isWhitespace).hasPrefix("<")
    let words = looksLikePage ? WebPage.text(text) : line(text)
    return words.isEmpty ? nil : cut(words, looksLikePage ? maxPageLength : maxLength)
  }

  package static func text(of value: JSONValue) -> String? {
    var words: [String] = []
    for word in collect(value, [], maxDepth) where !words.contains(word) { words.append(word) }
    return words.isEmpty ? nil : cut(words.joined(separator: "; "), maxLength)
  }

  /// What the vendor says of single fields, by their names. Of a nested one the name is the path.
  package static func fieldErrors(of value: JSONValue) -> [(field: String, words: String)] {
    var object = value
    if case .object(let members)? = value["errors"] { object = .object(members) }
    guard case .object(let members) = object else { return [] }
    return members.sorted { $0.key < $1.key }.compactMap { name, value in
      guard !wrappers.contains(name), !(isScalar(value) && technical.contains(name)) else {
        return nil
      }
      // The path is the name already: the words come without it.
      let words = collect(value, [], maxDepth)
      return words.isEmpty ? nil : (name, cut(words.joined(separator: "; "), maxLength))
    }
  }

  /// Members that hold the words themselves; their names say nothing.
  private static let wrappers = [
    "errorMessages", "errors", "elementErrors", "message", "detail", "error", "error_description",
    "errorMessage", "non_field_errors", "nonFieldErrors",
  ]
  /// Members that are for programs, when they hold a single value.
  private static let technical: Set = [
    "code", "status", "statusCode", "httpStatusCode", "status-code", "type", "timestamp", "path",
    "url", "requestId", "traceId", "failedElementNumber", "i18n", "moreInfo", "input",
  ]

  private static func isScalar(_ value: JSONValue) -> Bool {
    switch value {
    case .array, .object: false
    default: true
    }
  }

  private static func collect(_ value: JSONValue, _ path: [String], _ depth: Int) -> [String] {
    guard depth > 0 else { return [] }
    switch value {
    case .string(let text):
      let words = line(text)
      guard !words.isEmpty else { return [] }
      return [path.isEmpty ? words : "\(line(path.joined(separator: "."))): \(words)"]
    case .array(let items): return items.flatMap { collect($0, path, depth - 1) }
    case .object(let members): return collect(members, path, depth - 1)
    default: return []
    }
  }

  private static func collect(_ members: [String: JSONValue], _ path: [String], _ depth: Int)
    -> [String]
  {
    // One complaint of a validator: {"loc": ["body", "status"], "msg": "…"}.
    if let words = members["msg"]?.stringValue {
      let place = (members["loc"]?.arrayValue ?? []).compactMap { part in
        part.stringValue ?? part.wholeNumber.map(String.init)
      }
      return collect(.string(words), path + place, depth)
    }
    var words = wrappers.flatMap { name in
      members[name].map { collect($0, path, depth) } ?? []
    }
    let hasWords = !words.isEmpty
    for (name, value) in members.sorted(by: { $0.key < $1.key }) where !wrappers.contains(name) {
      if isScalar(value), hasWords || technical.contains(name) { continue }
      words += collect(value, path + [name], depth)
    }
    return words
  }

  /// One line without what would change how other text around it is shown: control characters,
  /// marks of writing direction, characters without width, tags.
  package static func line(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    var isBlank = true
    for scalar in text.unicodeScalars {
      if isInvisible(scalar) { continue }
      if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
        if !isBlank { line.append(" ") }
        isBlank = true
      } else {
        line.append(scalar)
        isBlank = false
      }
    }
    if isBlank, !line.isEmpty { line.removeLast() }
    return String(line)
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x061C, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF,
      0xE0000...0xE007F:
      true
    default: false
    }
  }

  private static func cut(_ text: String, _ length: Int) -> String {
    text.count > length ? text.prefix(length - 1) + "…" : text
  }
}

/// The words of a web page, without its markup.
enum WebPage {
  /// The title, then what is shown.
  static func text(_ page: String) -> String {
    let title = element("title", of: page).map { words($0) } ?? ""
    let shown = words(element("body", of: page) ?? withoutHead(page))
    if title.isEmpty || shown.hasPrefix(title) { return shown }
    return shown.isEmpty ? title : "\(title): \(shown)"
  }

  private static func withoutHead(_ page: String) -> String {
    guard let end = page.firstRange(of: "</head>") else { return page }
    return String(page[end.upperBound...])
  }

  private static func element(_ name: String, of page: String) -> String? {
    guard let start = find("<\(name)", in: page[...]),
      let open = page[start.upperBound...].firstIndex(of: ">")
    else { return nil }
    let content = page[page.index(after: open)...]
    return String(content[..<(find("</\(name)", in: content)?.lowerBound ?? content.endIndex)])
  }

  private static func find(_ text: String, in page: Substring) -> Range<String.Index>? {
    page.range(of: text, options: .caseInsensitive)
  }

  private static func words(_ markup: String) -> String {
    var text = ""
    var rest = markup[...]
    while let open = rest.firstIndex(of: "<") {
      text += rest[..<open]
      let tag = rest[rest.index(after: open)...]
      // What these hold is shown to nobody.
      let hidden = ["script", "style", "noscript", "template", "svg", "!--"].first { name in
        tag.prefix(name.count).lowercased() == name
      }
      let end = hidden.map { $0 == "!--" ? "-->" : "</\($0)" } ?? ">"
      guard let close = find(end, in: tag) else { return finish(text) }
      rest = tag[close.upperBound...]
      if let hidden, hidden != "!--", let bracket = rest.firstIndex(of: ">") {
        rest = rest[rest.index(after: bracket)...]
      }
      text += " "
    }
    return finish(text + rest)
  }

  /// Without entities, and without brackets that entities could bring back.
  private static func finish(_ text: String) -> String {
    var words = ""
    var rest = text[...]
    while let and = rest.firstIndex(of: "&") {
      words += rest[..<and]
      let name = rest[rest.index(after: and)...].prefix(10).prefix { $0 != ";" }
      guard name.endIndex < rest.endIndex, rest[name.endIndex] == ";",
        let character = character(String(name))
      else {
        words += "&"
        rest = rest[rest.index(after: and)...]
        continue
      }
      words.append(character)
      rest = rest[rest.index(after: name.endIndex)...]
    }
    words += rest
    return VendorWords.line(String(words.map { $0 == "<" || $0 == ">" ? " " : $0 }))
  }

  private static let names: [String: Character] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "hellip": "…",
    "ndash": "–", "mdash": "—", "rsquo": "’", "lsquo": "‘", "copy": "©",
  ]

  private static func character(_ name: String) -> Character? {
    guard name.hasPrefix("#") else { return names[name] }
    let digits = name.dropFirst()
    let number =
      digits.first == "x" || digits.first == "X"
      ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init).map(Character.init)
  }
}

/// Hides a client's credentials in what a vendor sends back: some echo the request.
struct SecretMask: Sendable {
  private static let mask = Array("[secret]".utf8)
  /// Shorter ones would hide ordinary words.
  private static let minLength = 6

  private let secrets: [[UInt8]]

  /// - Parameter authorization: the value of the header field.
  init(authorization: String?) {
    guard let authorization else {
      secrets = []
      return
    }
    let parts = authorization.split(separator: " ", maxSplits: 1).map(String.init)
    var secrets = [parts.last ?? authorization]
    if parts.first == "Basic", let bytes = Data(base64Encoded: secrets[0]) {
      let pair = String(decoding: bytes, as: UTF8.self)
      if let colon = pair.firstIndex(of: ":") {
        secrets.append(String(pair[pair.index(after: colon)...]))
      }
    }
    self.secrets = secrets.map { Array($0.utf8) }.filter { $0.count >= Self.minLength }
      .sorted { $0.count > $1.count }
  }

  func hide(in bytes: [UInt8]) -> [UInt8] {
    secrets.reduce(bytes) { bytes, secret in
      bytes.firstRange(of: secret) == nil ? bytes : bytes.replacing(secret, with: Self.mask)
    }
  }

  func hide(in text: String) -> String {
    String(decoding: hide(in: Array(text.utf8)), as: UTF8.self)
  }
}
