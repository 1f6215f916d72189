import Foundation

/// A condition of a JQL query.
indirect enum JQLCondition: Sendable {
  case compare(field: String, op: String, values: [String])
  case and(JQLCondition, JQLCondition)
  case or(JQLCondition, JQLCondition)
  case not(JQLCondition)
}

struct JQLQuery: Sendable {
  var condition: JQLCondition?
  var order: [(field: String, descending: Bool)]
}

struct JQLError: Error { var message: String }

/// Parses the part of JQL that the look-alike knows.
struct JQLParser {
  private enum Token: Equatable {
    case word(String), text(String), symbol(String)
  }

  private var tokens: [Token] = []
  private var position = 0

  static func parse(_ text: String) throws -> JQLQuery {
    var parser = JQLParser()
    parser.tokens = try tokenize(text)
    return try parser.query()
  }

  private static func tokenize(_ text: String) throws -> [Token] {
    var tokens: [Token] = []
    let characters = Array(text)
    var index = 0
    while index < characters.count {
      let character = characters[index]
      if character.isWhitespace {
        index += 1
      } else if character == "\"" || character == "'" {
        let (value, next) = try quoted(characters, index)
        tokens.append(.text(value))
        index = next
      } else if "(),".contains(character) {
        tokens.append(.symbol(String(character)))
        index += 1
      } else if "=!<>~".contains(character) {
        var symbol = String(character)
        index += 1
        if index < characters.count, "=~".contains(characters[index]) {
          symbol.append(characters[index])
          index += 1
        }
        tokens.append(.symbol(symbol))
      } else {
        var word = ""
        while index < characters.count, !characters[index].isWhitespace,
          !"(),=!<>~\"'".contains(characters[index])
        {
          word.append(characters[index])
          index += 1
        }
        guard !word.contains(where: { "@#$%^&*+?|{}`;".contains($0) }) else {
          throw JQLError(
            message: "Error in the JQL Query: The character '\(word)' is a reserved JQL character. "
              + "You must enclose it in a string or use the escape.")
        }
        tokens.append(.word(word))
      }
    }
    return tokens
  }

  private static func quoted(_ characters: [Character], _ start: Int) throws -> (String, Int) {
    let quote = characters[start]
    var value = ""
    var index = start + 1
    while index < characters.count {
      let character = characters[index]
      if character == quote { return (value, index + 1) }
      if character == "\\", index + 1 < characters.count {
        index += 1
        let escapes: [Character: Character] = ["n": "\n", "r": "\r", "t": "\t"]
        value.append(escapes[characters[index]] ?? characters[index])
      } else {
        value.append(character)
      }
      index += 1
    }
    throw JQLError(
      message: "Error in the JQL Query: The quoted string '\(value)' has not been completed.")
  }

  private var current: Token? { position < tokens.count ? tokens[position] : nil }

  private mutating func take(_ word: String) -> Bool {
    switch current {
    case .word(let text)? where text.lowercased() == word: break
    case .symbol(let text)? where text == word: break
    default: return false
    }
    position += 1
    return true
  }

  private mutating func query() throws -> JQLQuery {
    var condition: JQLCondition?
    if current != nil, !isOrder { condition = try disjunction() }
    var order: [(String, Bool)] = []
    if take("order") {
      guard take("by") else { throw expected("by") }
      repeat {
        let field = try operand().lowercased()
        let descending = take("desc")
        if !descending { _ = take("asc") }
        order.append((field, descending))
      } while take(",")
    }
    guard current == nil else { throw expected("the end of the query") }
    return JQLQuery(condition: condition, order: order)
  }

  private var isOrder: Bool {
    if case .word(let text)? = current { return text.lowercased() == "order" }
    return false
  }

  private mutating func disjunction() throws -> JQLCondition {
    var left = try conjunction()
    while take("or") { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws -> JQLCondition {
    var left = try negation()
    while take("and") { left = .and(left, try negation()) }
    return left
  }

  private mutating func negation() throws -> JQLCondition {
    if take("not") { return .not(try negation()) }
    if take("(") {
      let inner = try disjunction()
      guard take(")") else { throw expected(")") }
      return inner
    }
    return try comparison()
  }

  private mutating func comparison() throws -> JQLCondition {
    let field = try operand().lowercased()
    for symbol in ["=", "!=", "<=", ">=", "<", ">", "~", "!~"] where take(symbol) {
      return .compare(field: field, op: symbol, values: [try operand()])
    }
    if take("is") {
      let op = take("not") ? "is not" : "is"
      return .compare(field: field, op: op, values: [try operand()])
    }
    let isNegated = take("not")
    guard take("in") else { throw expected("an operator") }
    guard take("(") else { return try function(of: field, isNegated: isNegated) }
    var values: [String] = []
    repeat { values.append(try operand()) } while take(",")
    guard take(")") else { throw expected(")") }
    return .compare(field: field, op: isNegated ? "not in" : "in", values: values)
  }

  /// A function that gives a list: `issue in issuesWithRemoteLinksByGlobalId("…", "…")`.
  private mutating func function(of field: String, isNegated: Bool) throws -> JQLCondition {
    guard case .word(let name)? = current else { throw expected("a list or a function") }
    position += 1
    guard take("(") else { throw expected("(") }
    guard field == "issue", name.lowercased() == "issueswithremotelinksbyglobalid" else {
      throw JQLError(message: "Unable to find JQL function '\(name)(...)'.")
    }
    var values: [String] = []
    repeat { values.append(try operand()) } while take(",")
    guard take(")") else { throw expected(")") }
    guard values.count <= 100 else {
      throw JQLError(message: "Function '\(name)' takes at most 100 global ids.")
    }
    let condition = JQLCondition.compare(field: "issue", op: "linked by", values: values)
    return isNegated ? .not(condition) : condition
  }

  private mutating func operand() throws -> String {
    switch current {
    case .text(let text)?:
      position += 1
      return text
    case .word(let text)?:
      guard !["and", "or", "not", "in", "is", "order", "by"].contains(text.lowercased()) else {
        throw JQLError(
          message: "Error in the JQL Query: '\(text)' is a reserved JQL word. You must surround it "
            + "in quotation marks to use it in a query.")
      }
      position += 1
      if take("(") {
        guard take(")") else { throw expected(")") }
        return text + "()"
      }
      return text
    default: throw expected("a value")
    }
  }

  private func expected(_ what: String) -> JQLError {
    let found =
      switch current {
      case .word(let text)?, .text(let text)?, .symbol(let text)?: "'\(text)'"
      case nil: "the end"
      }
    return JQLError(message: "Error in the JQL Query: Expecting \(what) but got \(found).")
  }
}
