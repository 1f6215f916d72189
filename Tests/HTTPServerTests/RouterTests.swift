import HTTPServer
import HTTPTypes
import Testing

@Suite struct RouterTests {
  private let router: Router = {
    var router = Router()
    func answer(_ name: String) -> Handler {
      { request in
        let values = ["id", "item"].compactMap { request.parameters[$0] }
        return Response(body: .bytes(Array(([name] + values).joined(separator: " ").utf8)))
      }
    }
    router.on(.get, "/", answer("root"))
    router.on(.get, "/things", answer("list"))
    router.on(.post, "/things", answer("create"))
    router.on(.get, "/things/{id}", answer("one"))
    router.on(.get, "/things/new", answer("form"))
    router.on(.get, "/things/{id}/items/{item}", answer("item"))
    router.on(.delete, "/things/new/items/all", answer("clear"))
    return router
  }()

  @Test(arguments: [
    ("/", "root"), ("/things", "list"), ("/things/7", "one 7"), ("/things/new", "form"),
    ("/things/a%20b%2Fc", "one a b/c"), ("/things/%C3%BC", "one ü"), ("/th%69ngs", "list"),
    ("/things/1/items/2", "item 1 2"), ("/things/new/items/3", "item new 3"),
  ])
  func `a path finds its handler`(_ path: String, _ expected: String) async throws {
    let response = try await router.handle(Request(path: path))
    guard case .bytes(let bytes) = response.body else { return #expect(Bool(false), "no bytes") }
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }

  @Test(arguments: [
    ("/nothing", 404), ("/things/", 404), ("//things", 404), ("/things/1/items", 404),
    ("/things/%", 400), ("/things/%4", 400), ("/things/%GG", 400), ("/things/%FF", 400),
    ("/things/%00", 400),
  ])
  func `a path that leads nowhere is refused`(_ path: String, _ status: Int) async throws {
    let error = await #expect(throws: HTTPError.self) {
      try await router.handle(Request(path: path))
    }
    #expect(error?.status.code == status)
  }

  @Test func `another method is told which are allowed`() async throws {
    let error = await #expect(throws: HTTPError.self) {
      try await router.handle(Request(method: .patch, path: "/things"))
    }
    #expect(error?.status == .methodNotAllowed)
    #expect(error?.headerFields[.allow] == "GET, HEAD, OPTIONS, POST")
  }

  @Test func `OPTIONS says which methods are allowed`() async throws {
    let response = try await router.handle(Request(method: .options, path: "/things/7"))
    #expect(response.status == .noContent)
    #expect(response.headerFields[.allow] == "GET, HEAD, OPTIONS")
  }

  @Test func `HEAD falls back to GET`() async throws {
    #expect(try await router.handle(Request(method: .head, path: "/things")).status == .ok)
  }

  @Test func `the routes can be listed`() {
    #expect(router.routes.count == 7)
    #expect(router.routes.contains { $0.method == .post && $0.pattern == "/things" })
  }
}
