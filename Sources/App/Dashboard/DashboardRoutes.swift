import HTTPServer
import HTTPTypes
import RESTClient

struct DashboardRoutes: Sendable {
  let store: DashboardStore
  let health: HealthService
  let overviews: OverviewStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/dashboard", .read, dashboard)
    routes.on(.get, "/products/{id}/overview", .read, overview)
    routes.on(.get, "/products/{id}/health", .read, productHealth)
  }

  private func dashboard(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let products: [JSONValue] = try await store.worstProducts().map { product in
      [
        "id": JSONValue(product.id), "name": .string(product.name), "slug": .string(product.slug),
        "priority": .string(product.priority), "score": .number(product.score),
        "grade": .string(Health.grade(product.score)),
      ]
    }
    let counts = try await store.counts()
    return .json(
      counts.dropLast() + Array(#","product_health":"#.utf8)
        + JSONValue.array(products).encoded() + [UInt8(ascii: "}")])
  }

  private func overview(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    let id = try call.id()
    guard let json = try await overviews.find(id) else { throw Problem.notFound("product \(id)") }
    return .json(json)
  }

  private func productHealth(_ call: Call) async throws -> Response {
    var query = try call.query()
    let days = try query.integer("days", 1...365) ?? HealthService.usualDays
    try query.finish()
    return .json(try await health.report(try call.id(), days: days))
  }
}
