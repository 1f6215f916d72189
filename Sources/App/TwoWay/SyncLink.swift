import JobQueue
import RESTClient

/// Compares a link's sides after one of them changed. The schema's triggers plan it in the transaction
/// that stores the change, whoever stores it; after a webhook its processing plans it, with what it read.
struct SyncLink: JobKind {
  static let kind = "sync_link"

  var linkID: Int64
  var cause: String
  var handed: HandedReading?

  private enum CodingKeys: String, CodingKey {
    case linkID = "link_id"
    case cause, handed
  }

  static func options(_ linkID: Int64) -> JobOptions {
    JobOptions(uniqueKey: "sync_link:\(linkID)", uniqueUntil: .started)
  }

  /// Whether a stored change caused it, which another comparison may have carried over since.
  private var followsChange: Bool { cause.contains(" changed: ") }

  func perform(_ services: Services) async throws {
    do {
      guard try await services.links.link(linkID).state == "active" else { return }
      if followsChange, try await services.links.isSettled(linkID) { return }
      try await Actor.$current.withValue(Actor(name: "link \(linkID)", cause: .job)) {
        _ = try await services.linkSync.sync(linkID, cause: cause, handed: handed)
      }
    } catch is LinkSync.Busy {
      throw JobInstruction.snooze(for: .seconds(1))
    } catch let failure as VendorFailure {
      throw failure.instruction
    } catch let problem as Problem {
      // Recorded at the link; trying again changes nothing until somebody acts.
      throw JobInstruction.cancel(problem.detail)
    }
  }
}

extension VendorFailure {
  /// Seconds, while the vendor's limit holds.
  var retryAfter: Double? {
    if case .rateLimited(let delay) = error.kind { return max(1, delay) }
    return nil
  }

  /// What a job that ended with it throws: a limit is waited out, what may pass is tried again, and what
  /// cannot succeed as it stands waits for a person. The link holds the reason.
  var instruction: any Error {
    if let retryAfter { return JobInstruction.snooze(for: .seconds(retryAfter)) }
    return error.mayPass ? self : JobInstruction.cancel(sentence)
  }
}
