import Foundation
package import Logging
package import Postgres

/// Which code does which kind of job.
package struct JobRegistry: Sendable {
  struct Entry: Sendable {
    let timeout: Duration
    let isLong: Bool
    let retryPolicy: RetryPolicy
    let perform: @Sendable (Job, JobContext) async throws -> Void
  }

  private(set) var entries: [String: Entry] = [:]

  /// The long kinds, or the others, by name.
  func kinds(long: Bool) -> [String] {
    entries.filter { $0.value.isLong == long }.keys.sorted()
  }

  package init() {}

  /// - Parameters:
  ///   - timeout: an attempt that takes longer is cancelled and counts as failed.
  ///   - isLong: it may take minutes. Jobs of all such kinds together get half of what a worker does
  ///     at once, so that quick ones do not wait for them.
  ///   - perform: may run more than once for one job, so it must be repeatable. It ends with
  ///     success by returning, by throwing a `JobInstruction` as that says, and by any other error
  ///     as failed.
  package mutating func register<Arguments: JobKind>(
    _ type: Arguments.Type, timeout: Duration = .seconds(60), isLong: Bool = false,
    retryPolicy: RetryPolicy = RetryPolicy(),
    perform: @escaping @Sendable (Arguments, JobContext) async throws -> Void
  ) {
    entries[Arguments.kind] = Entry(timeout: timeout, isLong: isLong, retryPolicy: retryPolicy) {
      job, context in
      let arguments: Arguments
      do {
        arguments = try JSONDecoder().decode(Arguments.self, from: Data(job.arguments))
      } catch {
        throw UnreadableArguments(reason: "\(error)")
      }
      try await perform(arguments, context)
    }
  }
}

/// Arguments that do not decode today will not decode tomorrow.
struct UnreadableArguments: Error {
  let reason: String
}

/// What a job knows of its own run.
package struct JobContext: Sendable {
  package let job: Job
  package let pool: PostgresPool
  package let logger: Logger
  let worker: String

  /// Marks the job completed in the transaction that has its effect, so that both happen or
  /// neither.
  ///
  /// - Throws: `JobLost` when another worker has the job by now: let the transaction roll back.
  package func complete(on connection: Connection) throws {
    guard try Settlement.completed.write(job, worker: worker, on: connection) else {
      throw JobLost()
    }
  }
}

/// The job was given to another worker because this one was not heard of for too long.
package struct JobLost: Error {}
