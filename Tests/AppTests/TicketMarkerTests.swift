import RESTClient
import Testing

@testable import App

@Suite struct TicketMarkerTests {
  private func marker(
    _ installation: String = "5f0c", _ organization: String = "us.sentry.io/acme",
    _ issue: Int64 = 42, _ ordinal: Int = 1
  ) -> TicketMarker {
    TicketMarker(
      installation: installation, organization: organization, issue: issue, ordinal: ordinal)
  }

  @Test func `a marker follows from what it marks, and is short`() {
    let one = marker()
    #expect(one == marker())
    #expect(one.label.wholeMatch(of: /ib-[a-z2-7]{10}/) != nil)
    #expect(one.globalID.count <= 255)
    #expect(one.property["marker"]?.stringValue == one.label)
    #expect(one.property["sentry_issue"]?.stringValue == "42")
  }

  @Test func `another installation, organization, issue or number gives another marker`() {
    let all = [
      marker(), marker("5f0d"), marker("5f0c", "de.sentry.io/acme"),
      marker("5f0c", "us.sentry.io/acme", 43), marker("5f0c", "us.sentry.io/acme", 42, 2),
    ]
    #expect(Set(all.map(\.label)).count == all.count)
    #expect(Set(all.map(\.globalID)).count == all.count)
  }

  @Test(arguments: [
    ("https://us.sentry.io", "acme", "us.sentry.io/acme"),
    ("https://Sentry.Example.com:9000/", "Acme", "sentry.example.com:9000/acme"),
  ])
  func `a Sentry organization is named by host and slug`(url: String, slug: String, name: String) {
    let organization = Organization(
      vendor: .sentry, id: 7, name: "x", baseURL: url, account: slug, tokenSealed: nil)
    #expect(organization.sentryIdentity == name)
  }
}
