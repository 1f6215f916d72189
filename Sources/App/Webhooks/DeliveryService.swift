import Foundation
import Postgres
import RESTClient
import SentryClient

/// Processes stored deliveries: what they name is read from the vendor and stored, a hundred per
/// request, and what changed is handed to the comparison of its links. What is older than the stored copy
/// changes nothing, so late, repeated and shuffled deliveries do no harm.
struct DeliveryService: Sendable {
  /// Linked Sentry issues that are read one by one, with their history; of more, the comparisons that
  /// need it read it.
  static let maxReadAlone = 2
  /// Failures in a row after which it is the vendor that fails, not single issues.
  static let maxFailuresInARow = 8

  let store: DeliveryStore
  let jira: JiraRefresh
  let sentry: SentryRefresh
  let writes: VendorWriteStore
  let merges: MergedIssueStore
  let news: DeliveryNewsStore

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
    var outcomes: [Int64: DeliveryOutcome] = [:]
    var named: [(delivery: LeasedDelivery, reference: String)] = []
    var deleted: Set<String> = []
    var projects: [(delivery: Int64, content: DeliveryContent)] = []
    for delivery in leased {
      let content = Self.content(of: delivery, source)
      switch content {
      case .nothing(let reason): outcomes[delivery.id] = .ignored(reason)
      case .issue(let reference): named.append((delivery, reference))
      case .deletedIssue(let reference):
        named.append((delivery, reference))
        deleted.insert(reference)
      case .project, .deletedProject: projects.append((delivery.id, content))
      }
    }
    outcomes.merge(try await readProjects(projects, organization: id)) { $1 }
    let proven =
      source == .sentry
      ? try await writes.takeProvenEchoes(organization: id, named.map(\.delivery)) : []
    for (delivery, reference) in named where proven.contains(delivery.id) {
      outcomes[delivery.id] = .echo(reference)
    }
    named.removeAll { proven.contains($0.delivery.id) }
    let references = Set(named.map(\.reference)).sorted()
    let read = try await read(references, toldDeleted: deleted, source, organization: id)
    for (delivery, reference) in named { outcomes[delivery.id] = read[reference] }
    for (delivery, reason) in try await stale(named, source, organization: id) {
      if case .processed? = outcomes[delivery] { outcomes[delivery] = reason }
    }
    return outcomes
  }

  private static func content(of delivery: LeasedDelivery, _ source: WebhookSource)
    -> DeliveryContent
  {
    guard let body = delivery.body else { return .nothing("There is no body.") }
    return source == .jira ? JiraDelivery.content(of: body) : SentryDelivery.content(of: body)
  }

  /// Only Jira tells of projects.
  private func readProjects(
    _ deliveries: [(delivery: Int64, content: DeliveryContent)], organization id: Int64
  ) async throws -> [Int64: DeliveryOutcome] {
    guard !deliveries.isEmpty else { return [:] }
    var ids: [Int64: Int64] = [:]
    var deleted: Set<Int64> = []
    for (delivery, content) in deliveries {
      switch content {
      case .project(let project): ids[delivery] = project
      case .deletedProject(let project):
        ids[delivery] = project
        deleted.insert(project)
      default: break
      }
    }
    let read = try await jira.runProjects(
      organization: id, Array(Set(ids.values)), toldDeleted: deleted)
    return ids.compactMapValues { read[$0].map(DeliveryOutcome.processed) }
  }

  /// Reads issues and plans the comparisons of their links, each with what was read.
  ///
  /// - Parameter deleted: those that Jira's webhook said to be deleted.
  private func read(
    _ references: [String], toldDeleted deleted: Set<String>, _ source: WebhookSource,
    organization id: Int64
  ) async throws -> [String: DeliveryOutcome] {
    guard !references.isEmpty else { return [:] }
    var histories: [Int64: SentryHistory] = [:]
    var failures = 0
    var outcomes: [String: DeliveryOutcome] = [:]
    do {
      outcomes = try await readApart(references, &failures) { part in
        switch source {
        case .jira:
          try await jira.run(
            organization: id, part, toldDeleted: deleted.intersection(part)
          ).mapValues(DeliveryOutcome.init)
        case .sentry:
          try await readSentry(part.compactMap { Int64($0) }, organization: id, &histories)
        }
      }
    } catch {
      try await news.planComparisons(source, organization: id, references, histories)
      throw error
    }
    let ids = references.compactMap { Int64($0) }
    for echo in try await writes.takeEchoes(source, organization: id, ids) {
      outcomes[String(echo)] = .echo(String(echo))
    }
    try await news.planComparisons(source, organization: id, references, histories)
    return outcomes
  }

  private func readSentry(
    _ ids: [Int64], organization id: Int64, _ histories: inout [Int64: SentryHistory]
  ) async throws -> [String: DeliveryOutcome] {
    let linked = try await news.linked(ids, organization: id)
    let alone = linked.count <= Self.maxReadAlone ? linked : []
    var read: [Int64: SentryRefresh.Outcome] = [:]
    for issue in alone.sorted() {
      let (outcome, history) = try await sentry.readAlone(issue, organization: id)
      read[issue] = outcome
      histories[issue] = history
    }
    let others = ids.filter { !alone.contains($0) }
    if !others.isEmpty {
      read.merge(try await sentry.run(organization: id, others)) { $1 }
    }
    try await merges.follow(read, organization: id)
    return read.reduce(into: [:]) { $0[String($1.key)] = DeliveryOutcome($1.value) }
  }

  /// Reads many at once. What fails for one issue is read in ever smaller parts, so that only its own
  /// deliveries fail.
  private func readApart(
    _ references: [String], _ failures: inout Int,
    _ read: ([String]) async throws -> [String: DeliveryOutcome]
  ) async throws -> [String: DeliveryOutcome] {
    do {
      let outcomes = try await read(references)
      failures = 0
      return outcomes
    } catch let failure as VendorFailure
      where Self.mayConcernOneIssue(failure) && failures < Self.maxFailuresInARow
    {
      failures += 1
      guard references.count > 1 else { return [references[0]: .failed(failure.sentence)] }
      let middle = references.count / 2
      var outcomes = try await readApart(Array(references[..<middle]), &failures, read)
      outcomes.merge(try await readApart(Array(references[middle...]), &failures, read)) { $1 }
      return outcomes
    }
  }

  /// Whether other issues may well be readable.
  private static func mayConcernOneIssue(_ failure: VendorFailure) -> Bool {
    switch failure.error.kind {
    case .status: ![401, 403, 429, 502, 503, 504].contains(failure.error.status)
    case .malformedAnswer, .tooLarge: true
    default: false
    }
  }

  /// Deliveries whose news is newer than what the vendor returned. They are read again a little later;
  /// after a minute what the vendor returns is taken for true.
  private func stale(
    _ named: [(delivery: LeasedDelivery, reference: String)], _ source: WebhookSource,
    organization id: Int64
  ) async throws -> [Int64: DeliveryOutcome] {
    var told: [DeliveryNews] = []
    for (delivery, reference) in named {
      guard let body = delivery.body else { continue }
      let news = DeliveryNews(
        deliveryID: delivery.id, reference: reference,
        updatedAt: source == .jira ? JiraDelivery.updated(of: body) : nil,
        status: source == .sentry ? DeliveryPeek(body).status : nil)
      if news.updatedAt != nil || news.status != nil { told.append(news) }
    }
    let late = try await news.unseen(told, source, organization: id)
    return named.reduce(into: [:]) { outcomes, one in
      guard late.contains(one.delivery.id) else { return }
      let vendor = source.vendor.title
      let age = -one.delivery.receivedAt.timeIntervalSinceNow
      outcomes[one.delivery.id] =
        age < DeliveryOutcome.maxStaleness
        ? .stale(
          "\(vendor) still returns an older state of \(one.reference) than the delivery states; "
            + "it is read again shortly.")
        : .processed(
          "\(vendor) returned an older state of \(one.reference) than the delivery states for "
            + "a minute. The state that \(vendor) returns was stored; the next sync corrects it if needed."
        )
    }
  }
}

extension DeliveryOutcome {
  static func echo(_ issue: String) -> DeliveryOutcome {
    .processed("The echo of our own change of \(issue): nothing new.")
  }

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

extension SentryRefresh {
  /// Reads one issue with its history, which lists do not carry. What does not answer as itself is
  /// looked into.
  func readAlone(_ id: Int64, organization: Int64) async throws -> (Outcome, SentryHistory?) {
    let client = try clients.client(of: try await organizations.organization(organization))
    do {
      let issue = try await asking(.sentry) { try await client.issue(id) }
      if issue.id == id, issue.condition == .live {
        let (stored, refused) = try await store([issue], organization: organization)
        if let reason = refused[id] { return (.unreadable("\(issue.shortID): \(reason)"), nil) }
        return (
          stored.contains(id) ? .stored(shortID: issue.shortID) : .leftOut(shortID: issue.shortID),
          SentryHistory(issue)
        )
      }
    } catch let failure as VendorFailure where failure.error.status == 404 {
      // A server that does not know the path answers so too.
    }
    return (try await run(organization: organization, [id])[id] ?? .settling, nil)
  }
}
