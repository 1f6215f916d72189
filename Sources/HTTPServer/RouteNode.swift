import HTTPTypes

/// What stands at one path: its handlers by method.
struct RouteEndpoint: Sendable {
  var names: [String] = []
  var pattern = ""
  var handlers: [(method: HTTPRequest.Method, handler: Handler)] = []

  mutating func set(_ method: HTTPRequest.Method, _ handler: @escaping Handler) {
    handlers.removeAll { $0.method == method }
    handlers.append((method, handler))
  }

  func handler(for method: HTTPRequest.Method) -> Handler? {
    if let found = handlers.first(where: { $0.method == method }) { return found.handler }
    return method == .head ? handlers.first { $0.method == .get }?.handler : nil
  }

  /// The value of an Allow field.
  var allow: String {
    var methods = handlers.map(\.method.rawValue)
    if methods.contains("GET"), !methods.contains("HEAD") { methods.append("HEAD") }
    if !methods.contains("OPTIONS") { methods.append("OPTIONS") }
    return methods.sorted().joined(separator: ", ")
  }
}

/// One segment in the tree of patterns.
struct RouteNode: Sendable {
  private var endpoint: RouteEndpoint?
  private var literals: [Substring: RouteNode] = [:]
  /// At most one: the node below `{…}`.
  private var parameter: [RouteNode] = []

  mutating func add(
    _ segments: ArraySlice<Substring>, of route: Route, names: [String],
    _ handler: @escaping Handler
  ) {
    guard let first = segments.first else {
      var endpoint = endpoint ?? RouteEndpoint()
      endpoint.names = names
      endpoint.pattern = route.pattern
      endpoint.set(route.method, handler)
      self.endpoint = endpoint
      return
    }
    if first.hasPrefix("{"), first.hasSuffix("}") {
      if parameter.isEmpty { parameter.append(RouteNode()) }
      let name = String(first.dropFirst().dropLast())
      parameter[0].add(segments.dropFirst(), of: route, names: names + [name], handler)
    } else {
      literals[first, default: RouteNode()].add(
        segments.dropFirst(), of: route, names: names, handler)
    }
  }

  func find(_ segments: ArraySlice<Substring>) -> (endpoint: RouteEndpoint, values: [Substring])? {
    guard let first = segments.first else { return endpoint.map { ($0, []) } }
    let rest = segments.dropFirst()
    if let found = literals[first]?.find(rest) { return found }
    guard !first.isEmpty, let node = parameter.first, var found = node.find(rest) else {
      return nil
    }
    found.values.insert(first, at: 0)
    return found
  }
}
