import Postgres

/// How a page of vendor records differed from what was stored.
struct PageChanges: Sendable {
  var seen = 0
  var created = 0
  var updated = 0
  var unchanged: Int { seen - created - updated }
  /// Of a dry run: what would change.
  var plan: [SyncPlan.Change] = []

  static func + (one: PageChanges, other: PageChanges) -> PageChanges {
    PageChanges(
      seen: one.seen + other.seen, created: one.created + other.created,
      updated: one.updated + other.updated, plan: one.plan + other.plan)
  }
}

extension PageChanges {
  /// A page's `insert`, with what to do `on conflict`, as a statement that answers in one row how many
  /// rows it created and updated.
  static func counting(_ insert: String, commitsLazily: Bool = false) -> Statement {
    Statement(
      """
      with written as (\(insert) returning xmax)
      select count(*) filter (where xmax = 0) as created,
        count(*) filter (where xmax <> 0) as updated\(commitsLazily ? ", \(LazyCommit.setting)" : "")
      from written
      """)
  }

  /// - Parameter rows: what such a statement answered.
  init(counted rows: Rows, of seen: Int) throws {
    self.init(
      seen: seen, created: try rows[0].int("created"), updated: try rows[0].int("updated"))
  }
}
