import JobQueue

/// Keeps the health of every product for the plots: several times a day, so that a day has a value
/// even when the service was down for a part of it.
struct RecordHealth: JobKind {
  static let kind = "record_health"
  static let interval: Duration = .seconds(1800)
  static let longest: Duration = .seconds(600)

  func perform(_ services: Services) async throws { try await services.health.recordAll() }
}
