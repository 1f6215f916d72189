import Testing

@testable import Reactors

@Suite struct WatchErrorTests {
  @Test func `a descriptor that is none is refused`() async throws {
    let reactor = try Reactor(name: "test")
    let isRefused = await withCheckedContinuation { continuation in
      reactor.run {
        do {
          try reactor.watch(-1, [.read]) { _ in }
          continuation.resume(returning: false)
        } catch {
          continuation.resume(returning: error is ReactorError)
        }
      }
    }
    #expect(isRefused)
    reactor.shutdown()
  }
}
