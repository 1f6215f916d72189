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

/// A page of records, without those that cannot be used.
struct RecordPage<Record> {
  var records: [Record]
  var unreadable: [UnreadableSentryRecord]
  /// nil on the last page.
  var nextCursor: String?
  var headerFields: [String: String]
}

extension SentryClient {
  /// - Throws: `RESTError` when the answer is not a list.
  func page<Record>(
    _ request: RESTClient.Request,
    _ read: (JSONValue, _ place: String) throws(UnreadableSentryRecord) -> Record
  ) async throws -> RecordPage<Record> {
    let response = try await rest.send(request)
    var page = RecordPage<Record>(
      records: [], unreadable: [], nextCursor: NextPage.cursor(in: response.headerFields),
      headerFields: response.headerFields)
    do {
      let isList = try JSONReader.read(response.body) { reader in
        var number = 0
        return try reader.array { reader in
          number += 1
          let value = try reader.value()
          do throws(UnreadableSentryRecord) {
            page.records.append(try read(value, "record \(number) of a page"))
          } catch {
            page.unreadable.append(error)
          }
        }
      }
      guard isList else { throw JSONReader.Malformed("it is not a list") }
    } catch {
      throw rest.malformed(response, request, error)
    }
    return page
  }
}
