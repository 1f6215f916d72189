import Foundation
import HTTPServer
import RESTClient

/// Sentry's pages: a cursor in the `Link` header field, where `next` always stands.
enum SentryPage {
  /// Sentry counts no further.
  static let mostHits = 1000

  static func respond(_ items: [JSONValue], _ request: Request, _ baseURL: String) -> Response {
    let most = most(request, otherwise: 100)
    let offset = offset(request)
    let end = min(items.count, offset + most)
    var response = Response.json(.array(offset < end ? Array(items[offset..<end]) : []))
    addLinks(&response, request, baseURL, offset: offset, most: most, total: items.count)
    return response
  }

  static func most(_ request: Request, otherwise: Int) -> Int {
    min(100, max(1, Int(request.queryValue("limit") ?? "") ?? otherwise))
  }

  /// The offset of a cursor such as `0:200:0`.
  static func offset(_ request: Request) -> Int {
    let parts = (request.queryValue("cursor") ?? "").split(separator: ":")
    return parts.count == 3 ? max(0, Int(parts[1]) ?? 0) : 0
  }

  static func addLinks(
    _ response: inout Response, _ request: Request, _ baseURL: String, offset: Int, most: Int,
    total: Int
  ) {
    func link(_ rel: String, _ offset: Int, _ results: Bool) -> String {
      let cursor = "0:\(offset):\(rel == "previous" ? 1 : 0)"
      return "<\(baseURL)\(request.path)?&cursor=\(cursor)>; rel=\"\(rel)\"; "
        + "results=\"\(results)\"; cursor=\"\(cursor)\""
    }
    let next = offset + most
    response.headerFields.set(
      "Link",
      link("previous", max(0, offset - most), offset > 0) + ", " + link("next", next, next < total))
    response.headerFields.set("X-Hits", String(min(total, mostHits)))
    response.headerFields.set("X-Max-Hits", String(mostHits))
  }
}
