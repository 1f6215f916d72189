import RESTClient

/// Sentry's `Link` header field: `rel="next"` is always there, `results="false"` says it is empty.
enum NextPage {
  static func cursor(in fields: [String: String]) -> String? {
    for link in (fields["link"] ?? "").split(separator: ",") {
      var attributes: [String: String] = [:]
      for part in link.split(separator: ";").dropFirst() {
        let pair = part.split(separator: "=", maxSplits: 1).map {
          $0.filter { $0 != " " && $0 != "\"" }
        }
        if pair.count == 2 { attributes[pair[0]] = pair[1] }
      }
      if attributes["rel"] == "next", attributes["results"] == "true" {
        return attributes["cursor"]
      }
    }
    return nil
  }
}

extension SentryClient {
  func page<Item: Decodable>(_ request: RESTClient.Request, of _: Item.Type) async throws
    -> (items: [Item], nextCursor: String?, headerFields: [String: String])
  {
    let response = try await rest.send(request)
    do {
      let items = try decodeItems(Item.self, response.body)
      return (items, NextPage.cursor(in: response.headerFields), response.headerFields)
    } catch {
      throw rest.malformed(response, request, error)
    }
  }
}
