package import CoreMetrics

/// What swift-metrics asks of a backend, for the libraries that speak to it.
extension PrometheusMetrics: MetricsFactory {
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    Handler(metrics: self, name: Self.name(label) + "_total", labels: dimensions)
  }

  package func makeFloatingPointCounter(label: String, dimensions: [(String, String)])
    -> any FloatingPointCounterHandler
  {
    Handler(metrics: self, name: Self.name(label) + "_total", labels: dimensions)
  }

  package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool)
    -> any RecorderHandler
  {
    Handler(metrics: self, name: Self.name(label), labels: dimensions)
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    Meter(metrics: self, name: Self.name(label), labels: dimensions)
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    Handler(metrics: self, name: Self.name(label) + "_seconds", labels: dimensions)
  }

  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}
}

private final class Handler: CounterHandler, FloatingPointCounterHandler, RecorderHandler,
  TimerHandler
{
  private let metrics: PrometheusMetrics
  private let name: String
  private let labels: [(String, String)]

  init(metrics: PrometheusMetrics, name: String, labels: [(String, String)]) {
    self.metrics = metrics
    self.name = name
    self.labels = labels
  }

  func increment(by amount: Int64) { metrics.count(name, labels, by: Double(amount)) }
  func increment(by amount: Double) { metrics.count(name, labels, by: amount) }
  /// A Prometheus counter restarts with its process only.
  func reset() {}
  func record(_ value: Int64) { metrics.set(name, labels, to: Double(value)) }
  func record(_ value: Double) { metrics.set(name, labels, to: value) }
  func recordNanoseconds(_ duration: Int64) {
    metrics.observe(name, labels, seconds: Double(duration) / 1e9)
  }
}

private final class Meter: MeterHandler {
  private let metrics: PrometheusMetrics
  private let name: String
  private let labels: [(String, String)]

  init(metrics: PrometheusMetrics, name: String, labels: [(String, String)]) {
    self.metrics = metrics
    self.name = name
    self.labels = labels
  }

  func set(_ value: Int64) { metrics.set(name, labels, to: Double(value)) }
  func set(_ value: Double) { metrics.set(name, labels, to: value) }
  func increment(by amount: Double) { metrics.change(name, labels) { $0 += amount } }
  func decrement(by amount: Double) { metrics.change(name, labels) { $0 -= amount } }
}
