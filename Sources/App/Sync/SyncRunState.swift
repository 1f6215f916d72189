import RESTClient

/// How far a run is, as those who follow it see it.
package struct SyncRunState: Sendable {
  package var status: String
  package var projectsDone: Int
  package var projectsTotal: Int
  package var issuesSeen: Int
  /// Of a drift check, whose projects are links: those that were found apart.
  package var linksDrifted: Int?

  var hasEnded: Bool { status != "queued" && status != "running" }

  /// - Parameter json: the run as the API shows it.
  init(json: [UInt8]) throws {
    let run = try JSONValue(parsing: json)
    status = run["status"]?.stringValue ?? "failed"
    projectsDone = run["progress"]?["done"]?.wholeNumber ?? 0
    projectsTotal = run["progress"]?["total"]?.wholeNumber ?? 0
    issuesSeen = run["issues_seen"]?.wholeNumber ?? 0
    linksDrifted = run["source"] == "links" ? run["links_drifted"]?.wholeNumber : nil
  }
}

extension SyncRunService {
  /// Tells `show` of each change of a run until it ends, wherever it is done.
  package func follow(_ id: Int64, _ show: @Sendable (SyncRunState) -> Void) async throws {
    for await _ in feed.changes(of: id) {
      let state = try SyncRunState(json: try await json(id))
      show(state)
      if state.hasEnded { return }
    }
  }
}
