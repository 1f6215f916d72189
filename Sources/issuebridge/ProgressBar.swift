import App
import Foundation
import Synchronization

/// A line on a terminal's standard error that is written over and over.
final class ProgressBar: Sendable {
  static let width = 24
  /// Between two drawings.
  static let interval: Duration = .milliseconds(100)

  private let title: String
  private let isShown: Bool
  private let lastDrawn = Mutex(ContinuousClock.now - .seconds(1))

  init(title: String, isShown: Bool) {
    self.title = title
    self.isShown = isShown
  }

  func show(_ run: SyncRunState) {
    guard isShown else { return }
    let isDue = lastDrawn.withLock { last in
      guard ContinuousClock.now - last >= Self.interval else { return false }
      last = .now
      return true
    }
    guard isDue else { return }
    let (done, total) = (run.projectsDone, run.projectsTotal)
    let share = total > 0 ? Double(done) / Double(total) : 0
    let filled = Int(share * Double(Self.width))
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    let words =
      run.linksDrifted.map { "links, \($0) apart" } ?? "projects, \(run.issuesSeen) issues"
    write("\r\u{1B}[K\(title) \(bar) \(done)/\(total) \(words)")
  }

  func end() {
    if isShown { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
