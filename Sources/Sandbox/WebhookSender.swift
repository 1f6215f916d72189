import Cryptography
import Foundation
import RESTClient
import Synchronization

/// What happens to webhooks on their way: as on a real network, but on purpose.
package struct WebhookChaos: Sendable, Equatable {
  /// Share of deliveries that never come.
  package var drop = 0.0
  /// Share that come twice.
  package var duplicate = 0.0
  /// Each waits a random time up to this, so that they overtake each other.
  package var shuffleMilliseconds = 0

  package init() {}

  /// Reads what `POST /sandbox/webhook-chaos` says; what is not said is off.
  init(json: JSONValue) {
    func share(_ name: String) -> Double {
      switch json[name] {
      case .number(let value)?: value
      case .integer(let value)?: Double(value)
      default: 0
      }
    }
    drop = share("drop")
    duplicate = share("duplicate")
    shuffleMilliseconds = json["shuffle_ms"]?.wholeNumber ?? 0
  }
}

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
  private let settings = Mutex(WebhookChaos())

  init() throws { transport = try CurlTransport(policy: nil) }

  var chaos: WebhookChaos {
    get { settings.withLock { $0 } }
    set { settings.withLock { $0 = newValue } }
  }

  /// Delivers in the background.
  func deliver(_ delivery: Delivery, pauses: [Duration]) {
    let chaos = chaos
    guard Double.random(in: 0..<1) >= chaos.drop else { return }
    let copies = Double.random(in: 0..<1) < chaos.duplicate ? 2 : 1
    for _ in 0..<copies {
      let delay = Duration.milliseconds(Int.random(in: 0...max(0, chaos.shuffleMilliseconds)))
      send(delivery, pauses: pauses, after: delay)
    }
  }

  private func send(_ delivery: Delivery, pauses: [Duration], after delay: Duration) {
    Task { [transport] in
      if delay > .zero { try? await Task.sleep(for: delay) }
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
