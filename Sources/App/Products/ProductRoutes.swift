import HTTPServer
import HTTPTypes

struct ProductRoutes: Sendable {
  let store: ProductStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/products", .read, list)
    routes.on(.post, "/products", .write, create)
    routes.on(.get, "/products/{id}", .read, get)
    routes.on(.patch, "/products/{id}", .write, update)
    routes.on(.delete, "/products/{id}", .write, delete)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: ProductStore.sorts)
    let parentID = try query.id("parent_id")
    let priority = try query.oneOf("priority", ProductPriority.allCases.map(\.rawValue))
    let ownerTeam = try query.text("owner_team")
    let q = try query.search()
    try query.finish()
    return .page(
      try await store.page(
        page, parentID: parentID, priority: priority, ownerTeam: ownerTeam, q: q),
      of: call.request)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    _ = body.required("name")
    var fields = Self.read(&body)
    if fields.slug == nil, let name = fields.name {
      let derived = slug(from: name)
      if derived.isEmpty { body.refuse("slug", "None can be made of this name; give one.") }
      fields.slug = derived
    }
    try body.finish()
    let (id, json) = try await store.insert(fields)
    return .json(json, status: .created, location: "/api/v1/products/\(id)")
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let id = try call.id()
    guard let json = try await store.find(id) else { throw Problem.notFound("product \(id)") }
    return .json(json)
  }

  private func update(_ call: Call) async throws -> Response {
    let id = try call.id()
    var body = try await call.fields()
    let fields = Self.read(&body)
    body.refuseClearing("name", "slug", "priority")
    try body.finish()
    guard let json = try await store.update(id, fields, call.precondition) else {
      throw Problem.notFound("product \(id)")
    }
    return .json(json)
  }

  private func delete(_ call: Call) async throws -> Response {
    let id = try call.id()
    guard try await store.delete(id, call.precondition) else {
      throw Problem.notFound("product \(id)")
    }
    return .noContent
  }

  private static func read(_ body: inout BodyFields) -> ProductFields {
    ProductFields(
      name: body.text("name"), slug: body.text("slug", 1...63),
      description: body.text("description", 0...10_000, multiline: true),
      parentID: body.id("parent_id"),
      priority: body.oneOf("priority", ProductPriority.allCases.map(\.rawValue)),
      ownerTeam: body.text("owner_team"), cleared: body.cleared)
  }
}
