import RESTClient
import SentryClient

/// Finds out what became of issues that are missing where they were looked for. Absence alone proves nothing: the
/// list covers some days only, the token may have lost access to a project, an issue may live on in another one, and
/// a server may not know the path.
struct SentryAbsence: Sendable {
  enum Finding: Sendable {
    case found(SentryIssue)
    /// Its number answers as another issue.
    case merged(into: SentryIssue)
    /// Sentry is merging or reprocessing it: what becomes of it is known a little later.
    case settling
    /// Sentry says so, or knows it nowhere while it shows others of the same project.
    case gone
    /// Its project is not shown to the token.
    case notVisible
    /// It is there, and cannot be used.
    case unreadable(UnreadableSentryRecord)
    /// Nothing can be proved, because…
    case unknown(String)
  }

  /// Whether an issue that is found nowhere is known to be gone.
  private enum Proof: Sendable {
    case gone, notVisible
    case unknown(String)
  }

  let organizationID: Int64
  let client: SentryClient
  let issues: SentryIssueStore
  /// Projects whose list was read just now, each with an issue on it, by Sentry's ids.
  var visible: [Int64: Int64?] = [:]
  /// Sends a request when its turn has come.
  var turns = Slots(1)

  private func ask<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    try await turns.run { try await asking(.sentry, body) }
  }

  /// - Returns: a finding for each.
  func findings(_ ids: [Int64]) async throws -> [Int64: Finding] {
    var findings: [Int64: Finding] = [:]
    for start in stride(from: 0, to: ids.count, by: SentryClient.maxIssuesByID) {
      let chunk = Array(ids[start..<min(ids.count, start + SentryClient.maxIssuesByID)])
      findings.merge(try await some(chunk)) { $1 }
    }
    return findings
  }

  /// - Parameter ids: as many as one request may name.
  private func some(_ ids: [Int64]) async throws -> [Int64: Finding] {
    let page = try await ask { try await client.issuesByID(ids) }
    var findings: [Int64: Finding] = [:]
    for issue in page.issues { findings[issue.id] = Self.finding(issue) }
    for record in page.unreadable {
      if let id = record.id { findings[id] = .unreadable(record) }
    }
    let missing = ids.filter { findings[$0] == nil }
    guard !missing.isEmpty else { return findings }
    // What is known to be gone and did not come back is not looked for once more.
    let tombstones = try await issues.tombstones(of: missing, organization: organizationID)
    if page.holdsOnlyRequested, !page.issues.isEmpty {
      for id in tombstones { findings[id] = .gone }
    }
    var candidates: [Int64] = []
    for id in missing where findings[id] == nil {
      findings[id] = try await alone(id)
      if findings[id] == nil { candidates.append(id) }
    }
    guard !candidates.isEmpty else { return findings }
    // Sentry shows these, in the same answer that did not hold the missing ones.
    let shown = page.holdsOnlyRequested ? Set(page.issues.compactMap(\.projectID)) : []
    let places = try await issues.projects(of: candidates, organization: organizationID)
    var proofs: [Int64: Proof] = [:]
    for id in candidates {
      // Of an issue that is not stored nothing has to be proved.
      guard let project = places[id] else {
        findings[id] = .gone
        continue
      }
      if proofs[project] == nil {
        proofs[project] =
          shown.contains(project) ? .gone : try await proof(project, without: Set(candidates))
      }
      switch proofs[project] {
      case .gone?: findings[id] = .gone
      case .notVisible?: findings[id] = .notVisible
      case .unknown(let reason)?: findings[id] = .unknown(reason)
      case nil: break
      }
    }
    return findings
  }

  private static func finding(_ issue: SentryIssue) -> Finding {
    switch issue.condition {
    case .live: .found(issue)
    case .ending: .gone
    case .settling: .settling
    }
  }

  /// - Returns: nil when Sentry does not know it.
  private func alone(_ id: Int64) async throws -> Finding? {
    do {
      let issue = try await ask { try await client.issue(id) }
      return issue.id == id ? Self.finding(issue) : .merged(into: issue)
    } catch let failure as VendorFailure where failure.error.status == 404 {
      return nil
    } catch let failure as VendorFailure where failure.error.status == 403 {
      return .notVisible
    } catch let failure as VendorFailure where failure.error.kind == .malformedAnswer {
      return .unknown(failure.sentence)
    }
  }

  /// Looks for another issue of the project that this server shows in the ways in which it did not show the missing
  /// ones.
  private func proof(_ project: Int64, without missing: Set<Int64>) async throws -> Proof {
    var control: Int64?
    if let known = visible[project] {
      control = known
    } else {
      let page: SentryIssuePage
      do {
        page = try await ask { try await client.issues(projectIDs: [project], limit: 20) }
      } catch let failure as VendorFailure where [403, 404].contains(failure.error.status) {
        return .notVisible
      }
      if page.issues.contains(where: { missing.contains($0.id) }) { return .unknown(Self.listed) }
      control = page.issues.first { $0.projectID == project }?.id
      if control == nil {
        guard try await isListed(project) else { return .notVisible }
      }
    }
    // A project that is shown and has no other issue: there is nothing to compare with.
    guard let control else { return .gone }
    let byID = try await ask { try await client.issuesByID([control]) }
    if byID.holdsOnlyRequested, !byID.issues.isEmpty { return .gone }
    return if case .found? = try await alone(control) { .gone } else { .unknown(Self.unanswered) }
  }

  private func isListed(_ project: Int64) async throws -> Bool {
    var cursor: String?
    repeat {
      let from = cursor
      let page = try await ask { try await client.projects(cursor: from) }
      if page.projects.contains(where: { $0.id == project }) { return true }
      cursor = page.nextCursor == cursor ? nil : page.nextCursor
    } while cursor != nil
    return false
  }

  private static let listed =
    "Sentry lists the issue but answers 404 when it is requested alone; nothing was deleted."
  private static let unanswered =
    "This Sentry server answers 404 for every single issue, so whether an issue was deleted cannot be known; "
    + "nothing was deleted. Sentry 23.1 or later is required."
}
