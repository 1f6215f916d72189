/// Reads a vendor's list to its end, page by page; the next page is fetched while this one is stored.
/// Whatever the vendor does with its pages, it ends: with the whole list, or with an error.
struct PagedReading<Item: Sendable>: Sendable {
  struct Page: Sendable {
    var items: [Item]
    /// nil on the last page.
    var next: String?
  }

  /// Pages that bring nothing new, one after another, before the list is taken for a circle.
  static var mostRepeats: Int { 3 }
  /// How often a list whose pages went wrong is begun anew.
  static var mostRestarts: Int { 2 }

  /// Items to read at most.
  var limit: Int
  /// The page at a token, or the first one.
  var fetch: @Sendable (_ token: String?) async throws -> Page
  /// Whether an error says that the token is no good, or no longer.
  var isStaleToken: @Sendable (any Error) -> Bool
  var id: @Sendable (Item) -> Int64
  /// Stores a page; `next` is where to go on after it.
  var store: @Sendable (_ items: [Item], _ next: String?) async throws -> Void

  /// - Returns: the ids of all items; nil when only a part was met: the reading went on from
  ///   `token`, or the limit cut it.
  /// - Throws: `PagesInCircle`, or what `fetch` and `store` throw.
  func run(from token: String?) async throws -> [Int64]? {
    var token = token
    var restarts = 0
    while true {
      do {
        return try await read(from: token)
      } catch let circle as PagesInCircle {
        if restarts == Self.mostRestarts { throw circle }
      } catch let stale as StaleToken {
        if restarts == Self.mostRestarts { throw stale.underlying }
      }
      restarts += 1
      token = nil
    }
  }

  private func read(from token: String?) async throws -> [Int64]? {
    var ids: [Int64] = []
    var left = limit
    var watch = PageWatch()
    var page = try await fetchPage(token)
    while true {
      let items = left < page.items.count ? Array(page.items.prefix(left)) : page.items
      left -= items.count
      try watch.note(items.map(id), next: page.next)
      ids.append(contentsOf: items.map(id))
      let next = left > 0 ? page.next : nil
      async let following = fetchNext(next)
      try await store(items, next)
      guard let found = try await following else { break }
      page = found
    }
    return token == nil && left > 0 ? ids : nil
  }

  private func fetchNext(_ token: String?) async throws -> Page? {
    guard let token else { return nil }
    return try await fetchPage(token)
  }

  private func fetchPage(_ token: String?) async throws -> Page {
    do {
      return try await fetch(token)
    } catch  where token != nil && isStaleToken(error) {
      throw StaleToken(underlying: error)
    }
  }
}

private struct StaleToken: Error { var underlying: any Error }

/// Sees when pages come again: a vendor's token can lead in a circle, and its pages can repeat.
struct PageWatch {
  private var known: Set<Int> = []
  private var pages = 0
  private var repeats = 0

  /// - Throws: `PagesInCircle`.
  mutating func note(_ ids: [Int64], next: String?) throws {
    pages += 1
    let isNew = !ids.isEmpty && known.insert(ids.hashValue).inserted
    repeats = isNew ? 0 : repeats + 1
    if repeats > PagedReading<Int64>.mostRepeats, next != nil {
      throw PagesInCircle(page: pages, lastID: ids.last)
    }
  }
}

/// The pages of a list come again and again.
struct PagesInCircle: Error {
  /// The page, from 1, at which it was given up.
  var page: Int
  var lastID: Int64?

  var sentence: String {
    let place = lastID.map { ", at the issue with the id \($0)" } ?? ""
    return "Its pages come again and again: given up at page \(page)\(place). What was read is "
      + "stored; the next sync reads all of it again."
  }
}
