import Foundation
import Testing
import TestSupport

@testable import App

@Suite struct WebhookDiagnosisTests {
  @Test func `a delivery that is too large is told of`() async throws {
    try await TestService.with { service in
      let ids = try await service.connectWebhooks(registers: false)
      let body = Array(repeating: UInt8(ascii: " "), count: 5_200_000)
      let answer = try await service.deliverJira(ids.jira, body, identifier: "large")
      #expect(answer.status == 413)
      try await eventually("doctor tells of it") {
        try await service.services.webhookDiagnosis.findings().contains {
          !$0.isWell && $0.sentence.contains("larger than 5000000 bytes")
        }
      }
    }
  }

  private static let now = Date(timeIntervalSince1970: 1_790_000_000)

  private static func state(_ change: (inout WebhookState) -> Void) -> WebhookState {
    var state = WebhookState(
      source: .jira, organizationID: 3, name: "acme", hasSecret: true, lastDeliveryAt: now)
    change(&state)
    return state
  }
  private static func refusal(_ reason: String, after: Double) -> WebhookState.Refusal {
    .init(reason: reason, count: 4, at: now.addingTimeInterval(after))
  }

  @Test(arguments: [
    (state { _ in }, true, "came"),
    (state { $0.latenessSeconds = 2.4 }, true, "within 2 s"),
    (state { $0.latenessSeconds = 3000 }, false, "late"),
    (state { $0.hasSecret = false }, true, "https://bridge.example/webhooks/jira/3"),
    (
      state {
        $0.hasSecret = false
        $0.refusal = refusal("no_secret", after: 60)
      }, false, "every delivery is refused"
    ),
    (state { $0.lastDeliveryAt = nil }, false, "https://bridge.example/webhooks/jira/3"),
    (
      state {
        $0.source = .sentry
        $0.lastDeliveryAt = nil
      }, false, "client_secret of sentry-organizations/3"
    ),
    (state { $0.refusal = refusal("forged", after: 60) }, false, "4 deliveries were refused"),
    (state { $0.refusal = refusal("unsigned", after: 60) }, false, "not signed"),
    // Mended since.
    (state { $0.refusal = refusal("forged", after: -60) }, true, "came"),
    (state { $0.failed = 2 }, false, "state=failed"),
  ])
  func `a webhook's state is told with what to do about it`(
    state: WebhookState, isWell: Bool, words: String
  ) async throws {
    let database = try await TestDatabase.make()
    let diagnosis = WebhookDiagnosis(pool: database.pool, publicURL: "https://bridge.example")
    let finding = diagnosis.finding(state)
    #expect(finding.isWell == isWell, "\(finding.sentence)")
    #expect(finding.sentence.contains(words), "\(finding.sentence)")
    await database.close()
  }

  @Test func `what arrived and what was refused is found in the database`() async throws {
    try await TestService.with(projects: 1, issues: 2) { service in
      let organizations = try await service.connectWebhooks(registers: false)
      let before = try await service.services.webhookDiagnosis.findings()
      #expect(before.map(\.isWell) == [false, false])
      #expect(before[0].sentence.contains("ISSUEBRIDGE_PUBLIC_URL"))
      _ = try await service.deliverJira(organizations.jira, Array("{}".utf8), identifier: "1")
      _ = try await service.deliver("/webhooks/sentry/\(organizations.sentry)", [], [:])
      try await eventually("both are told") {
        let findings = try await service.services.webhookDiagnosis.findings()
        return findings[0].isWell && findings[1].sentence.contains("not signed")
      }
    }
  }
}
