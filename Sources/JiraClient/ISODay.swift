import Foundation

/// The UTC day as `2026-09-01`.
func isoDay(milliseconds: Int) -> String {
  Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    .formatted(.iso8601.year().month().day())
}
