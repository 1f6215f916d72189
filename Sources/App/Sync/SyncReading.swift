import Foundation

/// One list of a vendor's that a run reads page by page, and how far it has come.
struct SyncReading: Sendable {
  var runID: Int64
  /// Unique in the run, for example `project 17`.
  var name: String
  /// What the vendor is asked; kept, since a page token fits no other question.
  var query: String
  /// When the list was begun; changes after it may be missing from it.
  var startedAt: Date
  /// Where an earlier try stopped; nil: begin with the first page.
  var nextPage: String?
  /// An earlier try has read it to its end.
  var hasEnded = false

  /// Pages that are stored together, for the note of how far the reading has come.
  struct Step: Sendable {
    var reading: SyncReading
    var pages: Int
    /// Where to go on; nil at the end.
    var nextPage: String?
    /// Whether nothing remains to be done with the list.
    var isEnd = false
  }
}
