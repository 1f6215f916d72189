import RESTClient

/// How a run ended, for people.
package struct SyncSummary: Sendable {
  package var status: String
  /// Of the command line: 0 all well, 1 failed, 3 partly failed or waiting for a confirmation.
  package var exitCode: Int32 {
    ["succeeded": 0, "partial": 3, "needs_confirmation": 3][status] ?? 1
  }
  /// The run as the API shows it.
  package var json: String
  package var sentence: String
  package var failures: [String]
  /// Of a dry run: what would change, a line each.
  package var plan: [String]
}

extension SyncRunService {
  package func summary(_ id: Int64) async throws -> SyncSummary {
    let bytes = try await json(id)
    let run = try JSONValue(parsing: bytes)
    func count(_ name: String) -> Int { run[name]?.wholeNumber ?? 0 }
    let status = run["status"]?.stringValue ?? "failed"
    let links =
      "\(status): \(count("links_synced")) links checked, \(count("links_drifted")) found apart, "
      + "\(count("links_repaired")) repaired."
    let verb = run["dry_run"] == .bool(true) ? "would be " : ""
    let sentence =
      "\(status): \(count("projects_synced")) projects, \(count("issues_seen")) issues seen; "
      + "\(verb)\(count("issues_created")) created, \(count("issues_updated")) updated, "
      + "\(count("issues_deleted")) deleted; \(count("issues_unchanged")) unchanged."
    var failures = (run["errors"]?.arrayValue ?? []).map { failure in
      let place = [failure["project"], failure["issue"]].compactMap { $0?.stringValue }
      return place.map { "\($0): " }.joined() + (failure["detail"]?.stringValue ?? "")
    }
    let held = (run["held_deletions"]?.arrayValue ?? []).compactMap(HeldDeletion.init)
    failures += held.map(\.sentence)
    if !held.isEmpty {
      failures.append(
        "Nothing of this was changed. If these issues really were deleted, confirm it in the console or with "
          + "POST /api/v1/sync-runs/\(id)/confirmations; otherwise check the account's permissions and sync again."
      )
    }
    return SyncSummary(
      status: status, json: String(decoding: bytes, as: UTF8.self),
      sentence: run["source"] == "links" ? links : sentence,
      failures: failures, plan: Self.lines(run["plan"]))
  }

  private static func lines(_ plan: JSONValue?) -> [String] {
    guard let plan, let changes = plan["changes"]?.arrayValue else { return [] }
    var lines = changes.flatMap { change -> [String] in
      let key = change["key"]?.stringValue ?? ""
      let fields = (change["fields"]?.arrayValue ?? []).map { field in
        "    \(field["field"]?.stringValue ?? ""): \(text(field["from"])) → \(text(field["to"]))"
      }
      return ["  \(change["action"]?.stringValue ?? "") \(key)"] + fields
    }
    if let omitted = plan["omitted"]?.wholeNumber, omitted > 0 {
      lines.append("  … and \(omitted) more")
    }
    lines.append("  \(plan["requests"]?.wholeNumber ?? 0) requests")
    return lines
  }

  private static func text(_ value: JSONValue?) -> String {
    switch value {
    case .string(let text)?: "\"\(text)\""
    case let value?: String(decoding: value.encoded(), as: UTF8.self)
    case nil: "null"
    }
  }
}
