import JobQueue
import Logging
import RESTClient

/// The drift check: reads both sides of every link in bulk and repairs by policy what differs from
/// what both sides last agreed on. It covers every webhook that never came.
struct Reconciliation: Sendable {
  /// Links read together: the most issues that either vendor gives in one answer.
  static let pageSize = 100

  let store: ReconciliationStore
  let jira: JiraRefresh
  let sentry: SentryRefresh
  let merges: MergedIssueStore
  let logger: Logger

  /// What a run met up to now.
  private struct Progress {
    var links = 0
    var drifted = 0
    var failures: [JSONValue] = []
    var pages = 0
  }

  func run(trigger: String) async throws {
    guard let run = try await store.begin(trigger: trigger) else { return }
    var progress = Progress()
    var last: Int64 = 0
    var isCancelled = false
    do {
      while !isCancelled {
        let pairs = try await store.pairs(after: last, limit: Self.pageSize)
        guard let end = pairs.last else { break }
        last = end.id
        try await check(pairs, &progress)
        isCancelled = try await store.note(
          run, links: progress.links, drifted: progress.drifted, failures: progress.failures)
      }
    } catch {
      // The next one begins anew; this one must not stand in its way.
      await Task { try? await store.finish(run, status: "failed") }.value
      throw error
    }
    let failed = progress.failures.isEmpty ? "succeeded" : progress.pages > 0 ? "partial" : "failed"
    try await store.finish(run, status: isCancelled ? "cancelled" : failed)
    logger.info(
      "links.reconciled",
      metadata: [
        "run.id": "\(run)", "links": "\(progress.links)", "drifted": "\(progress.drifted)",
      ]
    )
  }

  private func check(_ pairs: [LinkPair], _ progress: inout Progress) async throws {
    progress.links += pairs.count
    var isWhole = true
    for (organization, members) in Dictionary(grouping: pairs, by: \.jiraOrganizationID) {
      isWhole =
        try await noting("jira", organization, &progress) {
          _ = try await jira.run(
            organization: organization, Set(members.map { String($0.jiraID) }).sorted())
        } && isWhole
    }
    for (organization, members) in Dictionary(grouping: pairs, by: \.sentryOrganizationID) {
      isWhole =
        try await noting("sentry", organization, &progress) {
          let outcomes = try await sentry.run(
            organization: organization, Set(members.map(\.sentryID)).sorted())
          try await merges.follow(outcomes, organization: organization)
        } && isWhole
    }
    progress.drifted += try await store.enqueueDrifted(pairs.map(\.id))
    if isWhole { progress.pages += 1 }
  }

  /// - Returns: whether the vendor could be read.
  private func noting(
    _ vendor: String, _ organization: Int64, _ progress: inout Progress,
    _ body: () async throws -> Void
  ) async throws -> Bool {
    let detail: String
    do {
      try await body()
      return true
    } catch let failure as VendorFailure {
      detail = failure.sentence
    } catch let problem as Problem {
      detail = problem.detail
    }
    let failure = JSONValue.object([
      "project": .null, "detail": .string("\(vendor) organization \(organization): \(detail)"),
    ])
    if !progress.failures.contains(failure) { progress.failures.append(failure) }
    return false
  }
}

/// The job of the drift check.
struct ReconcileLinks: JobKind {
  static let kind = "reconcile_links"
  static let interval: Duration = .seconds(15 * 60)
  static let longest: Duration = .seconds(2 * 3600)

  func perform(_ services: Services) async throws {
    try await Actor.$current.withValue(Actor(name: "drift check", cause: .schedule)) {
      try await services.reconciliation.run(trigger: "schedule")
    }
  }
}
