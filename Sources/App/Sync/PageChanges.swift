import Postgres

/// How a page of vendor records differed from what was stored.
struct PageChanges: Sendable {
  var seen = 0
  var created = 0
  var updated = 0
  var unchanged: Int { seen - created - updated }
  /// Of a dry run: what would change.
  var plan: [SyncPlan.Change] = []
}

extension PageChanges {
  /// - Parameter rows: what was written, each with whether it was `created`.
  init(written rows: Rows, of seen: Int) throws {
    self.init(seen: seen)
    for row in rows {
      if try row.bool("created") { created += 1 } else { updated += 1 }
    }
  }
}
