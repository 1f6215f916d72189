import Foundation
import RESTClient

/// A field that a list can be ordered by. The column is never null, so that a keyset can be cut at
/// any row.
struct SortField: Sendable, Equatable {
  /// Another table that has the column: one row for each of the list.
  struct Table: Sendable, Equatable {
    /// The SQL that joins it.
    let join: String
    /// The list's id as a column of it.
    let id: String
    /// A column of the list's that it has as `filterColumn` too, and filters by: its indexes know it.
    let listColumn: String
    let filterColumn: String
  }

  let name: String
  /// The SQL expression; an index on (expression, id) backs it.
  let expression: String
  /// The SQL type that a cursor's text is cast to.
  let type: String
  /// nil: a table of the list has the column.
  let table: Table?

  init(_ name: String, _ expression: String, _ type: String, by table: Table? = nil) {
    self.name = name
    self.expression = expression
    self.type = type
    self.table = table
  }
}

/// Which page of a list is asked for.
struct PageRequest: Sendable {
  static let largestLimit = 200
  static let defaultLimit = 50

  var limit: Int
  var sort: SortField
  var descending: Bool
  var cursor: Cursor?
  var isDefaultSort = true
}

/// The place after the last row of a page: its sort value and id. It survives inserts and deletes.
struct Cursor: Sendable, Equatable {
  var sort: String
  var value: String
  var id: Int64

  var text: String {
    let object: JSONValue = .object([
      "s": .string(sort), "v": .string(value), "i": .string(String(id)),
    ])
    return Data(object.encoded()).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  init(sort: String, value: String, id: Int64) {
    self.sort = sort
    self.value = value
    self.id = id
  }

  init?(text: String) {
    var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
    base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
    guard let data = Data(base64Encoded: base64),
      case .object(let object)? = try? JSONValue(parsing: Array(data)),
      case .string(let sort)? = object["s"], case .string(let value)? = object["v"],
      case .string(let id)? = object["i"], let id = Int64(id)
    else { return nil }
    self.init(sort: sort, value: value, id: id)
  }
}

extension QueryFields {
  /// Reads `limit`, `cursor` and `sort`; the first of `sorts` is the default.
  mutating func page(sorts: [SortField], descending: Bool = false) throws -> PageRequest {
    let limit = try integer("limit", 1...PageRequest.largestLimit) ?? PageRequest.defaultLimit
    let choices = sorts.flatMap { [$0.name, "-" + $0.name] }
    let defaultSort = (descending ? "-" : "") + sorts[0].name
    let named = try oneOf("sort", choices) ?? defaultSort
    let name = named.hasPrefix("-") ? String(named.dropFirst()) : named
    guard let field = sorts.first(where: { $0.name == name }) else {
      throw Problem.badRequest("The list cannot be sorted by '\(name)'.")
    }
    var page = PageRequest(
      limit: limit, sort: field, descending: named.hasPrefix("-"), cursor: nil,
      isDefaultSort: field == sorts[0])
    if let text = try text("cursor", most: 1000) {
      guard let cursor = Cursor(text: text), cursor.sort == named else {
        throw Problem.badRequest(
          "The query parameter 'cursor' is not one that this list gave for this sort order.")
      }
      page.cursor = cursor
    }
    return page
  }
}
