import Postgres
import RESTClient

/// Processes stored deliveries: what they name is read from the vendor and stored, a hundred a
/// request. What is older than the stored copy changes nothing, so late, repeated and shuffled
/// deliveries do no harm.
struct DeliveryService: Sendable {
  let store: DeliveryStore
  let jira: JiraRefresh
  let sentry: SentryRefresh
  let writes: VendorWriteStore
  let merges: MergedIssueStore

  /// Processes what is due of an organization until nothing is.
  ///
  /// - Parameter job: the id of the job that does it.
  func process(_ source: WebhookSource, organization id: Int64, job: Int64) async throws {
    while true {
      let leased = try await store.lease(
        source, organization: id, limit: JiraRefresh.mostAtOnce, job: job)
      guard !leased.isEmpty else { return }
      do {
        try await settle(leased, source, organization: id)
      } catch let failure as VendorFailure {
        if try await isWaiting(for: failure, leased) { return }
        try await store.settle(leased.map { ($0, .failed(failure.sentence)) })
      } catch let problem as Problem {
        try await store.settle(leased.map { ($0, .failed(problem.detail)) })
      } catch {
        // The worker ends, or the database is away: somebody else takes them.
        try? await store.giveBack(leased, after: 1)
        throw error
      }
    }
  }

  /// One delivery that fails for a reason of its own must not keep the others.
  private func settle(_ leased: [LeasedDelivery], _ source: WebhookSource, organization id: Int64)
    async throws
  {
    do {
      let outcomes = try await outcomes(of: leased, source, organization: id)
      try await store.settle(leased.map { ($0, outcomes[$0.id] ?? .failed("Not processed.")) })
    } catch  where !Self.isForAll(error) {
      if leased.count > 1 {
        for delivery in leased { try await settle([delivery], source, organization: id) }
      } else {
        let sentence = (error as? PostgresError)?.message ?? "an unexpected error"
        try await store.settle(
          leased.map { ($0, .failed("It could not be processed: \(sentence).")) })
      }
    }
  }

  /// Whether an error would meet every delivery alike.
  private static func isForAll(_ error: any Error) -> Bool {
    error is VendorFailure || error is Problem || Task.isCancelled
      || SyncRunService.isPassing(error)
  }

  /// While a vendor's limit holds, waiting costs no attempt.
  private func isWaiting(for failure: VendorFailure, _ leased: [LeasedDelivery]) async throws
    -> Bool
  {
    guard case .rateLimited(let seconds) = failure.error.kind else { return false }
    try await store.giveBack(leased, after: max(1, seconds))
    return true
  }

  private func outcomes(
    of leased: [LeasedDelivery], _ source: WebhookSource, organization id: Int64
  ) async throws -> [Int64: DeliveryOutcome] {
    let contents = leased.map { delivery -> (id: Int64, content: DeliveryContent) in
      guard let body = delivery.body else { return (delivery.id, .nothing("There is no body.")) }
      return (
        delivery.id,
        source == .jira ? JiraDelivery.content(of: body) : SentryDelivery.content(of: body)
      )
    }
    let references = Set(contents.compactMap(\.content.reference)).sorted()
    let deleted = Set(
      contents.compactMap {
        if case .deletedIssue(let reference) = $0.content { reference } else { nil }
      })
    let read = try await read(references, toldDeleted: deleted, source, organization: id)
    let projects = try await readProjects(contents.map(\.content), organization: id)
    return contents.reduce(into: [:]) { outcomes, one in
      switch one.content {
      case .nothing(let reason): outcomes[one.id] = .ignored(reason)
      case .issue(let reference), .deletedIssue(let reference): outcomes[one.id] = read[reference]
      case .project(let project), .deletedProject(let project):
        outcomes[one.id] = projects[project].map(DeliveryOutcome.processed)
      }
    }
  }

  /// Only Jira tells of projects.
  private func readProjects(_ contents: [DeliveryContent], organization id: Int64) async throws
    -> [Int64: String]
  {
    let deleted = contents.compactMap {
      if case .deletedProject(let project) = $0 { project } else { nil }
    }
    let changed = contents.compactMap {
      if case .project(let project) = $0 { project } else { nil }
    }
    guard !(deleted + changed).isEmpty else { return [:] }
    return try await jira.runProjects(
      organization: id, Array(Set(deleted + changed)), toldDeleted: Set(deleted))
  }

  private func read(
    _ references: [String], toldDeleted deleted: Set<String>, _ source: WebhookSource,
    organization id: Int64
  ) async throws -> [String: DeliveryOutcome] {
    guard !references.isEmpty else { return [:] }
    let ids = references.compactMap { Int64($0) }
    var outcomes: [String: DeliveryOutcome]
    switch source {
    case .jira:
      outcomes = try await jira.run(organization: id, references, toldDeleted: deleted)
        .mapValues(DeliveryOutcome.init)
    case .sentry:
      let read = try await sentry.run(organization: id, ids)
      try await merges.follow(read, organization: id)
      outcomes = read.reduce(into: [:]) {
        $0[String($1.key)] = DeliveryOutcome($1.value)
      }
    }
    for echo in try await writes.takeEchoes(source, organization: id, ids) {
      outcomes[String(echo)] = .processed("The echo of our own change of \(echo): nothing new.")
    }
    return outcomes
  }
}

extension DeliveryContent {
  fileprivate var reference: String? {
    switch self {
    case .issue(let reference), .deletedIssue(let reference): reference
    case .nothing, .project, .deletedProject: nil
    }
  }
}

extension DeliveryOutcome {
  init(_ outcome: JiraRefresh.Outcome) {
    switch outcome {
    case .stored(let key): self = .processed("\(key) was read from Jira and stored.")
    case .leftOut(let key):
      self = .ignored("The project of \(key) is not known yet or is not synced.")
    case .gone(true): self = .processed("Jira does not know the issue any more; marked as deleted.")
    case .gone(false):
      self = .ignored("Jira does not know the issue, or this account may not see it.")
    case .notVisible(let key):
      self = .processed(
        "Jira does not show \(key) to this account, and nothing proves that it was deleted; marked as not visible."
      )
    case .failed(let reason): self = .failed(reason)
    }
  }

  init(_ outcome: SentryRefresh.Outcome) {
    switch outcome {
    case .stored, .merged, .gone(true): self = .processed(outcome.words)
    case .leftOut, .gone(false), .notVisible: self = .ignored(outcome.words)
    case .unreadable, .settling, .unknown: self = .failed(outcome.words)
    }
  }
}
