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
  /// What every select begins with; the sort column is put after it.
  private static let beginning = "select /*sort*/"

  private let select: String
  private let idExpression: String
  private let indexes: Set<Set<String>>?
  private var filters: Set<String> = []
  private var conditions: [String] = []
  private var parameters: [(any PostgresEncodable)?]

  /// - Parameters:
  ///   - select: columns and tables, without `where`, beginning with `select /*sort*/`; its own
  ///     parameters are `$1`… of `parameters`.
  ///   - idExpression: the unique id that breaks ties.
  ///   - indexes: of a big table, the sets of named filters that an index serves in the default
  ///     order whatever their values are. See `plansForValues`.
  init(
    select: String, idExpression: String, parameters: [(any PostgresEncodable)?] = [],
    indexes: Set<Set<String>>? = nil
  ) {
    self.select = select
    self.idExpression = idExpression
    self.parameters = parameters
    self.indexes = indexes
  }

  /// Adds a condition with `$?` for `value`, unless the value is nil.
  mutating func filter(
    _ condition: String, _ value: (any PostgresEncodable)?, as name: String? = nil
  ) {
    guard let value else { return }
    parameters.append(value)
    conditions.append(Self.numbered(condition, parameters.count))
    filters.insert(name ?? condition)
  }

  /// Adds the first condition for true, the second for false, none for nil: PostgreSQL plans each
  /// for itself, which it cannot do for a parameter.
  mutating func filter(_ value: Bool?, _ whenTrue: String, _ whenFalse: String) {
    guard let value else { return }
    conditions.append(value ? whenTrue : whenFalse)
    filters.insert(whenTrue)
  }

  /// Adds a condition without a value.
  mutating func require(_ condition: String) { conditions.append(condition) }

  /// Whether the best way to the rows depends on the filters' values: many issues have the label
  /// `sentry` and are met by walking the list's order, few have another and must be looked up. Such
  /// a statement is planned anew for each call, and runs where a slow one holds up nobody.
  func plansForValues(_ page: PageRequest) -> Bool {
    guard let indexes else { return false }
    return !filters.isEmpty && (!page.isDefaultSort || !indexes.contains(filters))
  }

  func statement(_ page: PageRequest) -> (
    statement: Statement, parameters: [(any PostgresEncodable)?]
  ) {
    var parameters = parameters
    let order = page.sort.expression
    let id = page.sort.table?.id ?? idExpression
    var sql = "select (\(order))::text as _sort, "
    sql.reserveCapacity(select.utf8.count + 512)
    sql += select.dropFirst(Self.beginning.count)
    if let table = page.sort.table { sql += " " + table.join }
    var keyword = " where "
    for condition in conditions {
      sql += keyword
      if let table = page.sort.table {
        sql += condition.replacing(table.listColumn, with: table.filterColumn)
      } else {
        sql += condition
      }
      keyword = " and "
    }
    if let cursor = page.cursor {
      parameters.append(cursor.value)
      parameters.append(cursor.id)
      sql += keyword + "(\(order), \(id)) " + (page.descending ? "< (" : "> (")
      sql += "$\(parameters.count - 1)::text::\(page.sort.type), $\(parameters.count))"
    }
    parameters.append(Int64(page.limit + 1))
    let direction = page.descending ? "desc" : "asc"
    sql += " order by \(order) \(direction), \(id) \(direction)"
    sql += " limit $\(parameters.count)"
    return (Statement(sql, isPrepared: !plansForValues(page)), parameters)
  }

  /// - Throws: a 400 for a cursor whose value does not fit the order.
  func run(on pool: PostgresPool, page: PageRequest) async throws -> Page {
    let (statement, parameters) = statement(page)
    do {
      let rows =
        statement.isPrepared
        ? try await pool.read(statement, parameters)
        : try await pool.query(statement, parameters)
      return try Self.page(of: rows, page)
    } catch let error as PostgresError
      where page.cursor != nil && error.sqlState?.hasPrefix("22") == true
    {
      throw Problem.badRequest("The query parameter 'cursor' is not one that this list gave.")
    }
  }

  private static func numbered(_ condition: String, _ number: Int) -> String {
    let parts = condition.split(separator: "$?", omittingEmptySubsequences: false)
    return parts.joined(separator: "$\(number)")
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
