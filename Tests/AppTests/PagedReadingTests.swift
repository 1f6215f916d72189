import Foundation
import Synchronization
import TestSupport
import Testing

@testable import App

/// A vendor's list of pages of ids, and what was stored of it.
private final class PageList: Sendable {
  typealias Page = PagedReading<Int64>.Page

  struct Refused: Error, Equatable {}

  let pages: [[Int64]]
  let bytes: Int
  let refusedPage: Int?
  private let batches = Mutex<[PagedReading<Int64>.Batch]>([])
  private let fetches = Mutex(0)

  init(_ pages: [[Int64]], bytes: Int = 1000, refusedPage: Int? = nil) {
    self.pages = pages
    self.bytes = bytes
    self.refusedPage = refusedPage
  }

  var stored: [PagedReading<Int64>.Batch] { batches.withLock { $0 } }
  var fetched: Int { fetches.withLock { $0 } }

  /// - Parameter patience: pages that must have been fetched before the first batch is stored.
  func reading(
    limit: Int = .max, patience: Int = 0, together: Int = 1, quick: Duration = .seconds(60),
    atOnce: Int = 1,
    store: @escaping @Sendable (PagedReading<Int64>.Batch) async throws -> Void = { _ in }
  ) -> PagedReading<Int64> {
    PagedReading(
      limit: limit, fewestPagesStored: together, storesAtOnce: atOnce, quick: quick,
      fetch: { token in
        let position = token.flatMap { Int($0) } ?? 0
        if position == self.refusedPage { throw Refused() }
        self.fetches.withLock { $0 += 1 }
        let isLast = position == self.pages.count - 1
        return Page(
          items: self.pages[position], next: isLast ? nil : String(position + 1), bytes: self.bytes)
      },
      isStaleToken: { _ in false }, id: { $0 },
      store: { batch in
        if self.stored.isEmpty {
          try await eventually("pages come while others are stored", within: .seconds(60)) {
            self.fetched >= patience
          }
        }
        try await store(batch)
        self.batches.withLock { $0.append(batch) }
      })
  }
}

@Suite struct PagedReadingTests {
  private static let twelve = (0..<12).map { page in (0..<3).map { Int64(page * 3 + $0) } }

  @Test func `pages that came while others were stored are stored together`() async throws {
    let list = PageList(Self.twelve)
    let ids = try await list.reading(patience: 9).run(from: nil)
    #expect(ids == Self.twelve.flatMap(\.self))
    #expect(list.stored.flatMap(\.items) == ids)
    #expect(list.stored.map(\.pages).prefix(2) == [1, 8])
    #expect(list.stored.map(\.pages).reduce(0, +) == 12)
    #expect(list.stored.map(\.next).prefix(2) == ["1", "9"])
    #expect(list.stored.last?.next == nil)
  }

  @Test func `pages that come quickly are waited for, so that fewer statements store them`()
    async throws
  {
    let list = PageList(Self.twelve)
    let ids = try await list.reading(patience: 12, together: 4).run(from: nil)
    #expect(list.stored.flatMap(\.items) == ids)
    #expect(list.stored.map(\.pages) == [4, 8])
  }

  @Test func `as many batches are stored at the same time as may be, and the others wait`()
    async throws
  {
    let list = PageList(Self.twelve)
    let storing = Mutex(0)
    let ids = try await list.reading(atOnce: 2) { batch in
      let others = storing.withLock { count in
        count += 1
        return count - 1
      }
      #expect(others < 2)
      // The first waits until the second is being stored too.
      if batch.items[0] == 0 {
        try await eventually("the second batch is stored meanwhile", within: .seconds(60)) {
          storing.withLock { $0 } == 2 || !list.stored.isEmpty
        }
      }
      storing.withLock { $0 -= 1 }
    }.run(from: nil)
    #expect(ids == Self.twelve.flatMap(\.self))
    #expect(list.stored.flatMap(\.items).sorted() == ids)
    #expect(
      list.stored.sorted { $0.number < $1.number }.flatMap(\.items) == ids,
      "batches are numbered in the list's order")
    #expect(list.stored.map(\.number).sorted() == Array(0..<list.stored.count))
    #expect(list.stored.map(\.pages).reduce(0, +) == 12)
  }

  @Test func `pages that come slowly are stored as they come`() async throws {
    let list = PageList(Self.twelve)
    _ = try await list.reading(patience: 1, together: 4, quick: .zero).run(from: nil)
    #expect(list.stored[0].pages == 1)
    #expect(list.stored.map(\.pages).reduce(0, +) == 12)
  }

  @Test func `large pages are not heaped up`() async throws {
    let list = PageList(Self.twelve, bytes: PagedReading<Int64>.mostBytesAhead)
    _ = try await list.reading(patience: 2).run(from: nil)
    #expect(list.stored.map(\.pages) == Array(repeating: 1, count: 12))
  }

  @Test func `what was fetched before a failure is stored before it is told`() async throws {
    let list = PageList(Self.twelve, refusedPage: 4)
    await #expect(throws: PageList.Refused()) { try await list.reading().run(from: nil) }
    #expect(list.stored.flatMap(\.items) == Self.twelve[..<4].flatMap(\.self))
    #expect(list.stored.last?.next == "4")
  }

  @Test(arguments: [(4, 2), (6, 2), (1, 1), (36, 12)])
  func `a limit ends a reading in the middle of a page`(limit: Int, pages: Int) async throws {
    let list = PageList(Self.twelve)
    let ids = try await list.reading(limit: limit).run(from: nil)
    // All that the list holds is no more than a part of it to one who reads up to a limit.
    #expect(ids == nil)
    #expect(list.stored.flatMap(\.items) == (0..<Int64(limit)).map(\.self))
    #expect(list.stored.last?.next == nil)
    #expect(list.fetched == pages)
  }

  @Test func `a reading that goes on begins at its token`() async throws {
    let list = PageList(Self.twelve)
    let ids = try await list.reading().run(from: "10")
    #expect(ids == nil)
    #expect(list.stored.flatMap(\.items) == Self.twelve[10...].flatMap(\.self))
  }
}

@Suite struct ChangePartsTests {
  /// So many issues of each project, one after another.
  private static func issues(_ counts: KeyValuePairs<Int64, Int>) -> [Int64?] {
    counts.flatMap { Array(repeating: $0.key, count: $0.value) }
  }

  private static func parts(_ projects: [Int64?], _ numbers: [Int]) -> [Int: Set<Int64?>] {
    zip(numbers, projects).reduce(into: [:]) { $0[$1.0, default: []].insert($1.1) }
  }

  @Test func `few issues are one part, many two of about the same size`() async {
    let few = await ChangeParts().numbers(ofIssuesIn: Self.issues([1: 20, 2: 30]))
    #expect(few == Array(repeating: 0, count: 50))
    let many = await ChangeParts().numbers(
      ofIssuesIn: Self.issues([1: 20, 2: 30, 3: 25, 4: 26]))
    #expect([0, 1].map { part in many.count { $0 == part } } == [50, 51])
    let none = await ChangeParts().numbers(ofIssuesIn: [])
    #expect(none.isEmpty)
  }

  @Test func `a project stays where it came first, and new ones even it out`() async {
    let parts = ChangeParts()
    let first = Self.issues([1: 60, 2: 20, 3: 20])
    #expect(Self.parts(first, await parts.numbers(ofIssuesIn: first)) == [0: [1], 1: [2, 3]])
    let second = Self.issues([4: 10, 1: 5, 2: 5, 3: 5, 5: 70])
    #expect(
      Self.parts(second, await parts.numbers(ofIssuesIn: second)) == [0: [1, 4], 1: [2, 3, 5]])
  }
}

@Suite struct StepsInOrderTests {
  private static func step(_ next: String?) -> SyncReading.Step {
    SyncReading.Step(
      reading: SyncReading(runID: 1, name: "a", query: "", startedAt: .now), pages: 1,
      nextPage: next, isEnd: next == nil)
  }

  @Test func `nothing is noted before all that came before it is stored`() async throws {
    let steps = StepsInOrder()
    #expect(await steps.finish(1, Self.step("c"), PageChanges(seen: 20, updated: 2)) == nil)
    #expect(await steps.finish(2, Self.step("d"), PageChanges(seen: 30)) == nil)
    let ready = try #require(
      await steps.finish(0, Self.step("b"), PageChanges(seen: 10, updated: 1)))
    #expect(ready.step.pages == 3)
    #expect(ready.step.nextPage == "d")
    #expect(ready.changes.seen == 60)
    #expect(ready.changes.updated == 3)
    let last = try #require(await steps.finish(3, Self.step(nil), PageChanges(seen: 1)))
    #expect(last.step.pages == 1)
    #expect(last.step.nextPage == nil)
    #expect(last.step.isEnd)
  }

  @Test func `the end of a list is its end also where it is stored before the rest`()
    async throws
  {
    let steps = StepsInOrder()
    #expect(await steps.finish(1, Self.step(nil), PageChanges(seen: 20)) == nil)
    let ready = try #require(await steps.finish(0, Self.step("b"), PageChanges(seen: 10)))
    #expect(ready.step.pages == 2)
    #expect(ready.step.nextPage == nil)
    #expect(ready.step.isEnd)
  }
}

@Suite struct SlotsTests {
  private actor Gauge {
    private var now = 0
    private(set) var most = 0
    func enter() {
      now += 1
      most = max(most, now)
    }
    func leave() { now -= 1 }
  }

  @Test func `no more run at the same time than there are slots, and all run`() async throws {
    let slots = Slots(3)
    let gauge = Gauge()
    let ran = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await slots.run {
            await gauge.enter()
            for _ in 0..<10 { await Task.yield() }
            await gauge.leave()
            return 1
          }
        }
      }
      return try await group.reduce(0, +)
    }
    let most = await gauge.most
    #expect(ran == 50)
    #expect(most == 3)
  }

  @Test func `who is cancelled while it waits takes no slot, and a failure gives its own back`()
    async throws
  {
    let slots = Slots(1)
    let (entered, entry) = AsyncStream.makeStream(of: Void.self)
    let (leave, exit) = AsyncStream.makeStream(of: Void.self)
    let holder = Task {
      try await slots.run {
        entry.yield()
        for await _ in leave { break }
        throw PageList.Refused()
      }
    }
    for await _ in entered { break }
    let waiter = Task { try await slots.run { 1 } }
    waiter.cancel()
    await #expect(throws: CancellationError.self) { _ = try await waiter.value }
    exit.yield()
    await #expect(throws: PageList.Refused()) { try await holder.value }
    let after = try await slots.run { 2 }
    #expect(after == 2)
  }
}
