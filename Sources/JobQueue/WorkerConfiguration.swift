import Foundation
package import Logging

package struct WorkerConfiguration: Sendable {
  /// Jobs at once.
  package var concurrency = 8
  /// Of these, jobs of long kinds.
  var longConcurrency: Int { max(1, concurrency / 2) }
  /// How often the queue is looked at without being woken.
  package var pollInterval: Duration = .seconds(1)
  /// How often a worker says that its jobs are being worked on.
  package var heartbeatInterval: Duration = .seconds(3)
  /// Jobs of a worker that was silent for so long are given to others. At least three heartbeats.
  package var rescueAfter: Duration = .seconds(10)
  package var rescueInterval: Duration = .seconds(2)
  /// At the end of `run()`, how long jobs may go on before they are cancelled.
  package var drainTimeout: Duration = .seconds(3)
  /// How long cancelled jobs may take to end before they are put back without them.
  package var cancelTimeout: Duration = .seconds(5)
  package var retention = Retention()
  package var logger = Logger(label: "issuebridge.jobs")

  package init(concurrency: Int = 8) { self.concurrency = concurrency }

  /// How long ended jobs are kept. Discarded ones are dead letters for a person to look at.
  package struct Retention: Sendable {
    package var completed: Duration = .seconds(86_400)
    package var cancelled: Duration = .seconds(7 * 86_400)
    package var discarded: Duration = .seconds(90 * 86_400)
    package var pruneInterval: Duration = .seconds(600)
    package init() {}
  }
}
