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
    let next = offset + most
    addLinks(
      &response, request, baseURL,
      previous: ("0:\(max(0, offset - most)):1", offset > 0),
      next: ("0:\(next):0", next < total), total: total)
  }

  static func addLinks(
    _ response: inout Response, _ request: Request, _ baseURL: String,
    previous: (cursor: String, results: Bool), next: (cursor: String, results: Bool), total: Int
  ) {
    func link(_ rel: String, _ page: (cursor: String, results: Bool)) -> String {
      "<\(baseURL)\(request.path)?&cursor=\(page.cursor)>; rel=\"\(rel)\"; "
        + "results=\"\(page.results)\"; cursor=\"\(page.cursor)\""
    }
    response.headerFields.set("Link", link("previous", previous) + ", " + link("next", next))
    response.headerFields.set("X-Hits", String(min(total, mostHits)))
    response.headerFields.set("X-Max-Hits", String(mostHits))
  }

  /// Where a page of a sorted list begins and what comes after it. A cursor is `value:offset:isPrev`: how
  /// many of the items with this value, or a lower one, were given already. What is new at the list's
  /// beginning shifts nothing. Source: Sentry's SequencePaginator.
  ///
  /// - Parameter scores: descending.
  static func place(_ scores: [Int64], cursor: String?, most: Int) -> (
    range: Range<Int>, previous: (String, Bool), next: (String, Bool)
  ) {
    func first(_ value: Int64) -> Int { scores.firstIndex { $0 <= value } ?? scores.count }
    var start = 0
    let parts = (cursor ?? "").split(separator: ":").map { Int64($0) }
    if parts.count == 3, let value = parts[0], let offset = parts[1].flatMap({ Int(exactly: $0) }) {
      start = min(scores.count, max(0, first(value) + offset))
      if parts[2] == 1 { start = max(0, start - most) }
    }
    let end = min(scores.count, start + most)
    func mark(_ place: Int, _ isPrevious: Int) -> String {
      let value = place < scores.count ? scores[place] : scores.last ?? 0
      return "\(value):\(place - first(value)):\(isPrevious)"
    }
    return (
      start..<end, (mark(start, 1), start > 0), (mark(end, 0), end < scores.count)
    )
  }
}
