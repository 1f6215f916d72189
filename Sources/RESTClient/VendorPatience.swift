import Synchronization

/// How long the requests of a task may wait for a vendor's limit. Whoever waits for an answer of ours
/// hears soon that the vendor is limiting us; work in the background has time.
package struct VendorPatience: Sendable {
  private enum Extent: Sendable {
    case eachRequest(Duration)
    case together(Waits)
  }

  /// For all requests to vendors that one request to us leads to.
  package static let interactive: Duration = .seconds(2)
  /// For each request of long work in the background.
  package static let background: Duration = .seconds(300)

  @TaskLocal package static var current = VendorPatience.forEachRequest(interactive)

  private let extent: Extent

  package static func forEachRequest(_ limit: Duration) -> VendorPatience {
    VendorPatience(extent: .eachRequest(limit))
  }

  /// - Parameter limit: what all requests together may wait.
  package static func together(_ limit: Duration) -> VendorPatience {
    VendorPatience(extent: .together(Waits(limit)))
  }

  /// What one request may wait.
  func waits() -> Waits {
    switch extent {
    case .eachRequest(let limit): Waits(limit)
    case .together(let waits): waits
    }
  }

  /// What is left to wait.
  final class Waits: Sendable {
    private let left: Mutex<Double>

    init(_ limit: Duration) { left = Mutex(limit / .seconds(1)) }

    func allows(_ seconds: Double) -> Bool { left.withLock { seconds <= $0 } }

    /// - Returns: false, and takes nothing, when so much is not left.
    func take(_ seconds: Double) -> Bool {
      left.withLock { left in
        guard seconds <= left else { return false }
        left -= seconds
        return true
      }
    }
  }
}
