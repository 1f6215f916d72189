import Foundation

/// How long tickets took to resolve, on the scale of `jira_resolution_days`: step n holds those of
/// 2^(n/2) hours up to 2^((n+1)/2).
struct ResolutionTimes: Sendable {
  /// Ascending.
  var steps: [Int64]
  var counts: [Int64]

  /// Within a step the times are taken as spread evenly on the scale: off by a fifth at most.
  var medianHours: Double? {
    let total = counts.reduce(0) { $0 + max(0, $1) }
    guard total > 0 else { return nil }
    let half = Double(total) / 2
    var before = 0.0
    for (step, count) in zip(steps, counts) where count > 0 {
      if before + Double(count) >= half {
        return pow(2, (Double(step) + (half - before) / Double(count)) / 2)
      }
      before += Double(count)
    }
    return nil
  }
}
