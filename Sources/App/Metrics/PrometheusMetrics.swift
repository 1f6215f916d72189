import Synchronization

/// A small backend of swift-metrics that writes the Prometheus text format, version 0.0.4.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
package final class PrometheusMetrics: Sendable {
  package typealias Labels = [(String, String)]

  /// Most series of all metrics: a label with too many values must not use up the memory.
  static let mostSeries = 10_000
  /// Upper bounds of durations, in seconds.
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

  struct Histogram: Sendable {
    var buckets = [Int64](repeating: 0, count: PrometheusMetrics.bounds.count)
    var count: Int64 = 0
    var sum = 0.0
  }

  private struct State {
    var counters: [String: [String: Double]] = [:]
    var gauges: [String: [String: Double]] = [:]
    var histograms: [String: [String: Histogram]] = [:]
    var series = 0

    mutating func admits(_ isNew: Bool) -> Bool {
      guard isNew else { return true }
      guard series < PrometheusMetrics.mostSeries else { return false }
      series += 1
      return true
    }
  }

  private let state = Mutex(State())

  package init() {}

  /// Adds to a counter; its name ends in `_total`.
  package func count(_ name: String, _ labels: Labels = [], by amount: Double = 1) {
    let key = Self.key(labels)
    state.withLock { state in
      guard state.admits(state.counters[name]?[key] == nil) else { return }
      state.counters[name, default: [:]][key, default: 0] += amount
    }
  }

  package func set(_ name: String, _ labels: Labels = [], to value: Double) {
    change(name, labels) { $0 = value }
  }

  func change(_ name: String, _ labels: Labels, _ change: (inout Double) -> Void) {
    let key = Self.key(labels)
    state.withLock { state in
      guard state.admits(state.gauges[name]?[key] == nil) else { return }
      change(&state.gauges[name, default: [:]][key, default: 0])
    }
  }

  /// Notes a duration; the metric's name ends in `_seconds`.
  package func observe(_ name: String, _ labels: Labels = [], seconds: Double) {
    let key = Self.key(labels)
    state.withLock { state in
      guard state.admits(state.histograms[name]?[key] == nil) else { return }
      state.histograms[name, default: [:]][key, default: Histogram()].note(seconds)
    }
  }

  /// Everything, one metric after the other.
  package var text: String {
    let (counters, gauges, histograms) = state.withLock { ($0.counters, $0.gauges, $0.histograms) }
    var text = ""
    for (kind, metrics) in [("counter", counters), ("gauge", gauges)] {
      for (name, series) in metrics.sorted(by: { $0.key < $1.key }) {
        // A counter that the system keeps is set, not added to.
        text += "# TYPE \(name) \(name.hasSuffix("_total") ? "counter" : kind)\n"
        for (labels, value) in series.sorted(by: { $0.key < $1.key }) {
          text += Self.line(name, labels, value)
        }
      }
    }
    for (name, series) in histograms.sorted(by: { $0.key < $1.key }) {
      text += "# TYPE \(name) histogram\n"
      for (labels, histogram) in series.sorted(by: { $0.key < $1.key }) {
        text += histogram.lines(name, labels)
      }
    }
    return text
  }

  static func line(_ name: String, _ labels: String, _ value: Double) -> String {
    let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    return "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(number)\n"
  }

  /// `a="x",b="y"`, escaped. Byte by byte: it is made twice for every request that is answered.
  static func key(_ labels: Labels) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    for (name, value) in labels {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
      append(name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      bytes.append(UInt8(ascii: "\""))
      for byte in value.utf8 {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        default: bytes.append(byte)
        }
      }
      bytes.append(UInt8(ascii: "\""))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A name that Prometheus takes: others' have dots and dashes.
  static func name(_ label: String) -> String {
    var bytes: [UInt8] = []
    append(label, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(_ name: String, to bytes: inout [UInt8]) {
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
        bytes.append(byte)
      case 0x80..<0xC0: break  // Goes on with a character of several bytes.
      default: bytes.append(UInt8(ascii: "_"))
      }
    }
  }
}

extension PrometheusMetrics.Histogram {
  mutating func note(_ seconds: Double) {
    count += 1
    sum += seconds
    if let bucket = PrometheusMetrics.bounds.firstIndex(where: { seconds <= $0 }) {
      buckets[bucket] += 1
    }
  }

  func lines(_ name: String, _ labels: String) -> String {
    let comma = labels.isEmpty ? "" : ","
    var total: Int64 = 0
    var text = ""
    for (bound, number) in zip(PrometheusMetrics.bounds, buckets) {
      total += number
      text += "\(name)_bucket{\(labels)\(comma)le=\"\(bound)\"} \(total)\n"
    }
    text += "\(name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(count)\n"
    let braces = labels.isEmpty ? "" : "{\(labels)}"
    return text + "\(name)_sum\(braces) \(sum)\n\(name)_count\(braces) \(count)\n"
  }
}
