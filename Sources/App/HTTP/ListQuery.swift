import Foundation
import Postgres
import RESTClient

/// One page of a list as JSON bytes.
struct Page: Sendable {
  /// The rows as a JSON array.
  var data: [UInt8]
  var nextCursor: String?
}

/// Composes the SELECT of a keyset page from fixed pieces of SQL; values travel as parameters only.
struct ListQuery {
  private let select: String
  private let idExpression: String
  private var conditions: [String] = []
  private var parameters: [(any PostgresEncodable)?]

  /// - Parameters:
  ///   - select: columns and tables, without `where`; its own parameters are `$1`… of `parameters`.
  ///   - idExpression: the unique id that breaks ties.
  init(
    select: String, idExpression: String, parameters: [(any PostgresEncodable)?] = []
  ) {
    self.select = select
    self.idExpression = idExpression
    self.parameters = parameters
  }

  /// Adds a condition with one `$?` for `value`, unless the value is nil.
  mutating func filter(_ condition: String, _ value: (any PostgresEncodable)?) {
    guard let value else { return }
    parameters.append(value)
    conditions.append(condition.replacing("$?", with: "$\(parameters.count)"))
  }

  /// Adds a condition without a value.
  mutating func require(_ condition: String) { conditions.append(condition) }

  func run(on pool: PostgresPool, page: PageRequest) async throws -> Page {
    var conditions = conditions
    var parameters = parameters
    if let cursor = page.cursor {
      parameters.append(cursor.value)
      parameters.append(cursor.id)
      conditions.append(
        "(\(page.sort.expression), \(idExpression)) \(page.descending ? "<" : ">") "
          + "($\(parameters.count - 1)::text::\(page.sort.type), $\(parameters.count))")
    }
    parameters.append(Int64(page.limit + 1))
    let direction = page.descending ? "desc" : "asc"
    let filter = conditions.isEmpty ? "" : " where " + conditions.joined(separator: " and ")
    let sql =
      select.replacing(
        "/*sort*/", with: "(\(page.sort.expression))::text as _sort, ") + filter
      + " order by \(page.sort.expression) \(direction), \(idExpression) \(direction)"
      + " limit $\(parameters.count)"
    let rows: Rows
    do {
      rows = try await pool.read(Statement(sql), parameters)
    } catch let error as PostgresError
      where page.cursor != nil && error.sqlState?.hasPrefix("22") == true
    {
      throw Problem.badRequest("The query parameter 'cursor' is not one that this list gave.")
    }
    return try Self.page(of: rows, page)
  }

  private static func page(of rows: Rows, _ page: PageRequest) throws -> Page {
    var data: [UInt8] = [UInt8(ascii: "[")]
    for (position, row) in rows.prefix(page.limit).enumerated() {
      if position > 0 { data.append(UInt8(ascii: ",")) }
      try row.appendJSON(to: &data)
    }
    data.append(UInt8(ascii: "]"))
    guard rows.count > page.limit else { return Page(data: data, nextCursor: nil) }
    let last = rows[page.limit - 1]
    let sort = (page.descending ? "-" : "") + page.sort.name
    let cursor = Cursor(sort: sort, value: try last.text("_sort"), id: try last.int64("id"))
    return Page(data: data, nextCursor: cursor.text)
  }
}
