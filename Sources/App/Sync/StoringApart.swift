import Postgres

/// Stores records together. Where PostgreSQL refuses a value (a page is one statement), the record that holds it is
/// found by halving and fails alone; all others are stored.
///
/// - Parameters:
///   - refuse: told of each record that cannot be stored, and why.
///   - store: stores some of the records, or none of them.
/// - Throws: what is no record's fault.
func storingApart<Record: Sendable>(
  _ records: [Record], refuse: (Record, String) async throws -> Void,
  _ store: ([Record]) async throws -> PageChanges
) async throws -> PageChanges {
  do {
    return try await store(records)
  } catch let error as PostgresError where error.isOfValue && !records.isEmpty {
    guard records.count > 1 else {
      try await refuse(records[0], "It could not be stored: \(error.message).")
      return PageChanges()
    }
    let middle = records.count / 2
    let first = try await storingApart(Array(records[..<middle]), refuse: refuse, store)
    return first + (try await storingApart(Array(records[middle...]), refuse: refuse, store))
  }
}
