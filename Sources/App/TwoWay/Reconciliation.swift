import Logging
import RESTClient

/// The drift check: reads both sides of every link in bulk and repairs by policy what differs from
/// what both sides last agreed on. It covers every webhook that never came.
package struct Reconciliation: Sendable {
  /// Links read together: the most issues that either vendor gives in one answer.
  static let pageSize = 100
  /// Links compared at the same time.
  static let comparisonsTogether = 4
  /// Its name in the schema's triggers, which leave to it what its readings change.
  static let name = "drift check"

  let store: ReconciliationStore
  let jira: JiraRefresh
  let sentry: SentryRefresh
  let merges: MergedIssueStore
  let links: LinkStore
  let linkSync: LinkSync
  let logger: Logger

  /// Stores a check that a worker does.
  ///
  /// - Parameter trigger: `manual` or `schedule`.
  /// - Throws: a 409 that names the check at work; a 422 for an organization that is not there.
  func start(trigger: String, _ scope: ReconciliationScope = .init()) async throws -> Int64 {
    try await store.insert(trigger: trigger, scope, enqueuesJob: true)
  }

  /// Stores a check that the caller performs.
  package func beginHere(_ scope: ReconciliationScope) async throws -> Int64 {
    try await Actor.$current.withValue(Actor(name: "issuebridge reconcile", cause: .cli)) {
      try await store.insert(trigger: "cli", scope, enqueuesJob: false)
    }
  }

  /// Does a stored check, or begins it anew when the process that did it died.
  package func perform(_ id: Int64) async throws {
    guard let scope = try await store.claim(id) else { return }
    let findings = DriftFindings(runID: id, store: store)
    let status: String
    do {
      try await Actor.$current.withValue(Actor(name: Self.name, cause: .job)) {
        try await beating(every: DriftFindings.heartbeat, { try await findings.flush() }) {
          try await walk(id, scope, findings)
        }
      }
      status = await findings.status
    } catch is SyncCancelled {
      status = "cancelled"
    } catch {
      // A worker that ends gives the check back; after anything else the next one begins anew.
      if !Task.isCancelled { try? await store.finish(id, status: "failed") }
      throw error
    }
    try await store.finish(id, status: status)
    let total = await findings.total
    logger.info(
      "links.reconciled",
      metadata: [
        "run.id": "\(id)", "status": "\(status)", "links": "\(total.links)",
        "drifted": "\(total.drifted)", "repaired": "\(total.repaired)",
      ])
  }

  private func walk(_ id: Int64, _ scope: ReconciliationScope, _ findings: DriftFindings)
    async throws
  {
    var last: Int64 = 0
    while true {
      let pairs = try await store.pairs(after: last, limit: Self.pageSize, scope)
      guard let end = pairs.last else { return try await findings.flush() }
      last = end.id
      let isWhole = try await read(pairs, findings)
      let found = try await store.found(pairs.map(\.id), run: id)
      await findings.add(
        links: pairs.count, drifted: found.drifted.count + found.comeOrGone, isWhole: isWhole)
      try await eachOf(found.drifted, atMost: Self.comparisonsTogether) { link in
        try await repair(link, findings)
      }
      try await findings.flush()
    }
  }

  /// - Returns: whether both vendors could be read.
  private func read(_ pairs: [LinkPair], _ findings: DriftFindings) async throws -> Bool {
    // Only reading has time: a change that waits for long is a change of yesterday's mind.
    try await VendorPatience.$current.withValue(.forEachRequest(VendorPatience.background)) {
      try await readPatiently(pairs, findings)
    }
  }

  private func readPatiently(_ pairs: [LinkPair], _ findings: DriftFindings) async throws -> Bool {
    var isWhole = true
    for (organization, members) in Dictionary(grouping: pairs, by: \.jiraOrganizationID) {
      let isRead = try await noting("jira organization \(organization)", findings) {
        _ = try await jira.run(
          organization: organization, Set(members.map { String($0.jiraID) }).sorted())
      }
      isWhole = isWhole && isRead
    }
    for (organization, members) in Dictionary(grouping: pairs, by: \.sentryOrganizationID) {
      let isRead = try await noting("sentry organization \(organization)", findings) {
        let outcomes = try await sentry.run(
          organization: organization, Set(members.map(\.sentryID)).sorted())
        try await merges.follow(outcomes, organization: organization)
      }
      isWhole = isWhole && isRead
    }
    return isWhole
  }

  /// Compares a link now. What cannot be compared now is left to a job.
  private func repair(_ link: Int64, _ findings: DriftFindings) async throws {
    do {
      _ = try await noting("link \(link)", findings) {
        do {
          let outcome = try await linkSync.sync(link, cause: Self.name)
          if outcome.hasMoved { await findings.addRepaired() }
        } catch let failure as VendorFailure {
          try await links.enqueueSync([link], cause: "left by the \(Self.name)")
          throw failure
        }
      }
    } catch is LinkSync.Busy {
      try await links.enqueueSync([link], cause: "left by the \(Self.name)")
    }
  }

  /// - Returns: whether it went well.
  private func noting(
    _ subject: String, _ findings: DriftFindings, _ body: () async throws -> Void
  ) async throws -> Bool {
    do {
      try await body()
      return true
    } catch let failure as VendorFailure {
      await findings.fail("\(subject): \(failure.sentence)")
    } catch let problem as Problem {
      await findings.fail("\(subject): \(problem.detail)")
    }
    return false
  }
}
