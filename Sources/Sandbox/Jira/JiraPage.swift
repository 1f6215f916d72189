import HTTPServer
import RESTClient

/// Jira's pages by offset, other than those of search.
enum JiraPage {
  /// - Parameters:
  ///   - otherwise: the page's size when none is asked for.
  ///   - cap: the largest one.
  static func respond(
    _ values: [JSONValue], _ request: Request, _ baseURL: String, otherwise: Int = 50,
    cap: Int = 100
  ) -> Response {
    let range = range(of: values.count, request, otherwise: otherwise, cap: cap)
    let url = baseURL + request.path
    var object: [String: JSONValue] = [
      "self": .string("\(url)?maxResults=\(range.most)&startAt=\(range.start)"),
      "startAt": JSONValue(range.start), "maxResults": JSONValue(range.most),
      "total": JSONValue(values.count), "isLast": .bool(range.end >= values.count),
      "values": .array(Array(values[min(range.start, range.end)..<range.end])),
    ]
    if range.end < values.count {
      object["nextPage"] = .string("\(url)?maxResults=\(range.most)&startAt=\(range.end)")
    }
    return .json(.object(object))
  }

  static func range(of count: Int, _ request: Request, otherwise: Int, cap: Int) -> (
    start: Int, end: Int, most: Int
  ) {
    let start = max(0, Int(request.queryValue("startAt") ?? "") ?? 0)
    let most = min(cap, max(1, Int(request.queryValue("maxResults") ?? "") ?? otherwise))
    return (start, min(count, start + most), most)
  }
}
