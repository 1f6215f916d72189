import JobQueue

/// Shows each side of a new link at the other. Planned with the link, done by the TwoWay room.
struct PublishBacklinks: JobKind {
  static let kind = "publish_backlinks"

  var linkID: Int64

  var options: JobOptions {
    JobOptions(priority: 3, uniqueKey: "publish_backlinks:\(linkID)", maxAttempts: 8)
  }

  func perform(_ services: Services) async throws {
    do {
      try await services.backlinks.publish(linkID)
    } catch let failure as VendorFailure {
      throw failure.instruction
    } catch let problem as Problem {
      throw JobInstruction.cancel(problem.detail)
    }
  }
}
