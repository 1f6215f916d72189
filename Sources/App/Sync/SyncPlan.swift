import Foundation
import Postgres
import RESTClient

/// What a dry run would have changed.
struct SyncPlan: Sendable {
  /// Changes that are kept; more are only counted.
  static let mostChanges = 1000
  /// Characters of a value that are kept.
  static let longestValue = 200

  struct Change: Sendable {
    /// `create`, `update` or `delete`.
    var action: String
    /// The key or short id.
    var key: String
    var fields: [Field] = []
  }

  struct Field: Sendable {
    var name: String
    var before: JSONValue
    var after: JSONValue
  }

  private(set) var changes: [Change] = []
  private(set) var omitted = 0

  mutating func add(_ more: [Change]) {
    let room = max(0, Self.mostChanges - changes.count)
    changes += more.prefix(room)
    omitted += max(0, more.count - room)
  }

  func json(requests: Int) -> JSONValue {
    .object([
      "requests": JSONValue(requests), "omitted": JSONValue(omitted),
      "changes": .array(
        changes.map { change in
          .object([
            "action": .string(change.action), "key": .string(change.key),
            "fields": .array(
              change.fields.map {
                .object(["field": .string($0.name), "from": $0.before, "to": $0.after])
              }),
          ])
        }),
    ])
  }
}

/// Compares rows before and after a page was stored, inside the transaction that is taken back.
struct PlanComparison {
  /// Whether the transaction itself wrote the row `i`: others may store issues meanwhile.
  static let isWritten =
    "coalesce(i.xmin = pg_current_xact_id_if_assigned()::xid, false)"

  /// - Parameter rows: `identity`, `key`, `fields` (JSON) and `is_written` of some issues, which
  ///   `parameters` name.
  static func changes(
    of rows: Statement, _ parameters: [(any PostgresEncodable)?], on connection: Connection,
    _ store: () throws -> PageChanges
  ) throws -> (PageChanges, [SyncPlan.Change]) {
    let before = try load(rows, parameters, connection)
    let changes = try store()
    guard changes.created + changes.updated > 0 else { return (changes, []) }
    let after = try load(rows, parameters, connection)
    let plan = after.sorted { $0.key < $1.key }.compactMap { id, new -> SyncPlan.Change? in
      guard new.isWritten else { return nil }
      guard let old = before[id] else { return SyncPlan.Change(action: "create", key: new.key) }
      let fields = new.fields.keys.sorted().compactMap { name -> SyncPlan.Field? in
        let (from, to) = (old.fields[name] ?? .null, new.fields[name] ?? .null)
        return from == to ? nil : SyncPlan.Field(name: name, before: short(from), after: short(to))
      }
      return fields.isEmpty ? nil : SyncPlan.Change(action: "update", key: new.key, fields: fields)
    }
    return (changes, plan)
  }

  private struct Loaded {
    var key: String
    var fields: [String: JSONValue]
    var isWritten: Bool
  }

  private static func load(
    _ rows: Statement, _ parameters: [(any PostgresEncodable)?], _ connection: Connection
  ) throws -> [Int64: Loaded] {
    var loaded: [Int64: Loaded] = [:]
    for row in try connection.query(rows, parameters) {
      let value = try JSONValue(parsing: Array(try row.text("fields").utf8))
      guard case .object(let fields) = value else { continue }
      loaded[try row.int64("identity")] = Loaded(
        key: try row.text("key"), fields: fields, isWritten: try row.bool("is_written"))
    }
    return loaded
  }

  private static func short(_ value: JSONValue) -> JSONValue {
    guard case .string(let text) = value, text.count > SyncPlan.longestValue else { return value }
    return .string(text.prefix(SyncPlan.longestValue) + "…")
  }
}
