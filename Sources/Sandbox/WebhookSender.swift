import Cryptography
import Foundation
import RESTClient

/// Delivers webhooks as the vendors do: signed over the exact bytes, tried again when refused.
final class WebhookSender: Sendable {
  struct Delivery: Sendable {
    var url: String
    var body: [UInt8]
    var timeout: Duration
    /// The header fields of a try, the first being 0.
    var headerFields: @Sendable (_ attempt: Int) -> [(name: String, value: String)]

    static func jira(url: String, secret: String?, body: [UInt8]) -> Delivery {
      let identifier = UUID().uuidString.lowercased()
      return Delivery(url: url, body: body, timeout: .seconds(10)) { attempt in
        var fields = [
          ("content-type", "application/json; charset=UTF-8"),
          ("x-atlassian-webhook-identifier", identifier), ("x-atlassian-webhook-flow", "Primary"),
          ("user-agent", "Atlassian Webhook HTTP Client"),
        ]
        if attempt > 0 { fields.append(("x-atlassian-webhook-retry", String(attempt))) }
        if let secret {
          let code = HMACSHA256.hexDigest(of: body, key: Array(secret.utf8))
          fields.append(("x-hub-signature", "sha256=\(code)"))
        }
        return fields
      }
    }

    static func sentry(url: String, secret: String, resource: String, body: [UInt8]) -> Delivery {
      Delivery(url: url, body: body, timeout: .seconds(1)) { _ in
        [
          ("Content-Type", "application/json"),
          ("Request-ID", UUID().uuidString.lowercased().replacing("-", with: "")),
          ("Sentry-Hook-Resource", resource),
          ("Sentry-Hook-Timestamp", String(Int(Date().timeIntervalSince1970))),
          ("Sentry-Hook-Signature", HMACSHA256.hexDigest(of: body, key: Array(secret.utf8))),
        ]
      }
    }
  }

  private let transport: CurlTransport

  init() throws { transport = try CurlTransport(policy: nil) }

  /// Delivers in the background.
  func deliver(_ delivery: Delivery, pauses: [Duration]) {
    Task { [transport] in
      for attempt in 0...pauses.count {
        if attempt > 0 { try? await Task.sleep(for: pauses[attempt - 1]) }
        let request = TransportRequest(
          method: "POST", url: delivery.url, headerFields: delivery.headerFields(attempt),
          body: delivery.body, timeout: delivery.timeout)
        let status = try? await transport.send(request).status
        let isRetried = status.map { [408, 409, 425, 429].contains($0) || $0 >= 500 } ?? true
        if !isRetried { return }
      }
    }
  }
}
