import Foundation

/// Which issues were updated since a time, without looking at all of them: as a site's index has it.
struct JiraUpdateIndex: Sendable {
  private struct Entry: Sendable {
    var time: Date
    var id: Int64
  }
  /// One an update; those of earlier updates of an issue stay and give its id again.
  private var entries: [Entry] = []
  private var isSorted = true

  mutating func note(_ id: Int64, at time: Date) {
    if let last = entries.last, last.time > time { isSorted = false }
    entries.append(Entry(time: time, id: id))
  }

  /// The issues with an update at `time` or later, each once; some of them may be deleted since.
  mutating func ids(since time: Date) -> Set<Int64> {
    if !isSorted {
      entries.sort { $0.time < $1.time }
      isSorted = true
    }
    let start = entries.partitioningIndex { $0.time >= time }
    return Set(entries[start...].map(\.id))
  }
}

extension Array {
  /// The first position from which on `condition` holds, in an array where it never ends to hold.
  fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
