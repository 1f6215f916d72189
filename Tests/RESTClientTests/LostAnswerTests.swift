import Synchronization
import Testing

@testable import RESTClient

@Suite struct LostAnswerTests {
  private static func failure(_ mayHaveBeenReceived: Bool) -> RESTError {
    RESTError(
      kind: .connection, method: "POST", path: "/a", status: nil, body: [], contentType: nil,
      message: "the peer left", mayHaveBeenReceived: mayHaveBeenReceived)
  }

  @Test func `what was done is found, also a little later, and asked for once`() async throws {
    let (requests, looks) = (Count(), Count())
    let found = try await LostAnswer.settle { () -> String in
      _ = requests.next()
      throw Self.failure(true)
    } look: {
      looks.next() < 3 ? nil : "done"
    }
    #expect(found == "done")
    #expect(requests.now == 1)
    #expect(looks.now == 3)
  }

  @Test func `what certainly was not done is not looked for`() async throws {
    let looks = Count()
    let error = await #expect(throws: RESTError.self) {
      try await LostAnswer.settle { () -> String in
        throw Self.failure(false)
      } look: {
        _ = looks.next()
        return "done"
      }
    }
    #expect(error?.mayHaveBeenReceived == false)
    #expect(looks.now == 0)
  }

  @Test func `what cannot be looked for stays unknown, with the first failure's words`()
    async throws
  {
    let looks = Count()
    let error = await #expect(throws: RESTError.self) {
      try await LostAnswer.settle { () -> String in
        throw Self.failure(true)
      } look: { () -> String? in
        _ = looks.next()
        throw Self.failure(false)
      }
    }
    #expect(error?.mayHaveBeenReceived == true)
    #expect(looks.now == 1)
  }
}
