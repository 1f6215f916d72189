/// Reads a vendor's list to its end, page by page; the next pages are fetched while these are stored.
/// Whatever the vendor does with its pages, it ends: with the whole list, or with an error.
struct PagedReading<Item: Sendable>: Sendable {
  struct Page: Sendable {
    var items: [Item]
    /// nil on the last page.
    var next: String?
    /// What the vendor sent for it.
    var bytes = 0
    /// Ids of what was on the page and is no item: it could not be read.
    var passed: [Int64] = []
    /// Whether the vendor says that there is more, and not where.
    var isCut = false
  }

  /// Pages that came while others were being stored, to be stored together.
  struct Batch: Sendable {
    /// From 0, in the list's order, also after a list was begun anew.
    var number = 0
    var items: [Item]
    /// Where to go on after it; nil at the end.
    var next: String?
    var pages: Int
  }

  /// Pages that wait to be stored at most, and bytes after which none more is fetched: what bounds memory,
  /// with as much again for each batch that is being stored, and how many rows one statement writes.
  static var mostPagesAhead: Int { 8 }
  static var mostBytesAhead: Int { 2 << 20 }

  /// Pages that bring nothing new, one after another, before the list is taken for a circle.
  static var mostRepeats: Int { 3 }
  /// How often a list whose pages went wrong is begun anew.
  static var mostRestarts: Int { 2 }

  /// Items to read at most.
  var limit: Int
  /// Pages that are waited for before they are stored, while they come quickly: a statement for many rows
  /// costs less than many statements. 1 where the list is short and its end is waited for.
  var fewestPagesStored = 1
  /// Batches that are stored at the same time; `store` must bear that they end in another order.
  var storesAtOnce = 1
  /// A page that takes longer is not worth waiting for: the vendor sets the pace, not what storing costs.
  var quick: Duration = .milliseconds(40)
  /// The page at a token, or the first one.
  var fetch: @Sendable (_ token: String?) async throws -> Page
  /// Whether an error says that the token is no good, or no longer.
  var isStaleToken: @Sendable (any Error) -> Bool
  var id: @Sendable (Item) -> Int64
  var store: @Sendable (Batch) async throws -> Void

  /// - Returns: the ids of all that was on the pages; nil when only a part was met: the reading went on from
  ///   `token`, or the limit or the vendor cut it.
  /// - Throws: `PagesInCircle`, or what `fetch` and `store` throw.
  func run(from token: String?) async throws -> [Int64]? {
    var token = token
    var batches = 0
    var restarts = 0
    while true {
      do {
        return try await read(from: token, &batches)
      } catch let circle as PagesInCircle {
        if restarts == Self.mostRestarts { throw circle }
      } catch let stale as StaleToken {
        if restarts == Self.mostRestarts { throw stale.underlying }
      }
      restarts += 1
      token = nil
    }
  }

  private func read(from token: String?, _ batches: inout Int) async throws -> [Int64]? {
    var progress = PagedProgress<Item>(
      token: token, left: limit, fewestPagesStored: fewestPagesStored, storesAtOnce: storesAtOnce)
    try await withThrowingTaskGroup(of: PagedProgress<Item>.Event.self) { group in
      while true {
        if let token = progress.nextToFetch() { group.addTask { await fetchPage(token) } }
        if var batch = progress.nextToStore() {
          batch.number = batches
          batches += 1
          group.addTask { [batch] in
            try await store(batch)
            return .stored
          }
          continue
        }
        guard let event = try await group.next() else { break }
        progress.take(event, id: id)
      }
    }
    if let failure = progress.failure { throw failure }
    return token == nil && progress.left > 0 && !progress.isCut ? progress.ids : nil
  }

  private func fetchPage(_ token: String?) async -> PagedProgress<Item>.Event {
    let start = ContinuousClock.now
    let page: Result<Page, any Error>
    do {
      page = .success(try await fetch(token))
    } catch  where token != nil && isStaleToken(error) {
      page = .failure(StaleToken(underlying: error))
    } catch {
      page = .failure(error)
    }
    return .fetched(page, isQuick: .now - start < quick)
  }
}

/// What has come of a list's pages, and what is to be done next.
private struct PagedProgress<Item: Sendable> {
  typealias Page = PagedReading<Item>.Page

  enum Event {
    case fetched(Result<Page, any Error>, isQuick: Bool)
    case stored
  }

  private(set) var ids: [Int64] = []
  private(set) var left: Int
  private(set) var isCut = false
  private let fewestPagesStored: Int
  private let storesAtOnce: Int
  /// Ends the reading once all that came before it is stored.
  private(set) var failure: (any Error)?
  /// The token of the page to fetch; nil: there is none to fetch.
  private var token: String??
  private var ahead: [Page] = []
  private var isFetching = false
  private var storing = 0
  private var isQuick = false
  private var watch = PageWatch()

  init(token: String?, left: Int, fewestPagesStored: Int, storesAtOnce: Int) {
    self.token = .some(token)
    self.left = left
    self.fewestPagesStored = fewestPagesStored
    self.storesAtOnce = storesAtOnce
  }

  /// The token of a page whose turn it is.
  mutating func nextToFetch() -> String?? {
    guard let token, !isFetching, ahead.count < PagedReading<Item>.mostPagesAhead,
      ahead.reduce(0, { $0 + $1.bytes }) < PagedReading<Item>.mostBytesAhead
    else { return nil }
    isFetching = true
    return .some(token)
  }

  /// All pages that wait, when another batch may be stored and no more are worth waiting for.
  mutating func nextToStore() -> PagedReading<Item>.Batch? {
    guard storing < storesAtOnce, let last = ahead.last,
      !isFetching || !isQuick || ahead.count >= fewestPagesStored
    else { return nil }
    defer { ahead = [] }
    storing += 1
    let items = ahead.count == 1 ? last.items : ahead.flatMap(\.items)
    return .init(items: items, next: last.next, pages: ahead.count)
  }

  mutating func take(_ event: Event, id: (Item) -> Int64) {
    switch event {
    case .stored: storing -= 1
    case .fetched(let result, let isQuick):
      isFetching = false
      self.isQuick = isQuick
      token = nil
      do {
        try add(result.get(), id: id)
      } catch {
        failure = error
      }
    }
  }

  private mutating func add(_ page: Page, id: (Item) -> Int64) throws {
    var page = page
    if left < page.items.count { page.items.removeLast(page.items.count - left) }
    left -= page.items.count
    let found = page.items.map(id) + page.passed
    isCut = isCut || page.isCut
    try watch.note(found, next: page.next)
    ids += found
    if left == 0 { page.next = nil }
    ahead.append(page)
    if let next = page.next { token = .some(next) }
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

extension SyncReading {
  func step<Item>(_ batch: PagedReading<Item>.Batch) -> Step {
    Step(reading: self, pages: batch.pages, nextPage: batch.next)
  }
}
