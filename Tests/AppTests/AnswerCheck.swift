import RESTClient
import TestSupport
import Testing

/// Holds every answer of every test to `openapi.yaml`.
enum AnswerCheck {
  /// Records an issue for each way in which the exchange is not as the document says.
  static func check(
    _ response: TransportResponse, _ method: String, _ target: String, _ body: [UInt8]
  ) throws {
    let document = try APIDocument.shared.get()
    var mistakes = document.mistakes(
      method: method, target: target, status: response.status, headerFields: response.headerFields,
      body: response.body)
    if (200..<300).contains(response.status) {
      mistakes += document.mistakes(accepting: body, method: method, target: target)
    }
    for mistake in mistakes { Issue.record("openapi.yaml: \(mistake)") }
  }
}
