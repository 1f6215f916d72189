import Postgres
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// An organization stays with its site: the numbers of another one would be taken for its own.
@Suite struct AnotherSiteTests {
  @Test func `another Jira site under an organization with tickets is refused`() async throws {
    let other = try JiraSandbox(configuration: JiraSandboxConfiguration())
    try await other.start()
    let hosts = "*.atlassian.net,127.0.0.1:1"
    try await withOther(other.baseURL, hosts) { service in
      let id = try await service.addJira()
      let path = "/jira-organizations/\(id)"
      // While nothing of the site is stored, any other will do.
      let free = try await service.call("PATCH", path, ["base_url": .string(other.baseURL)])
      #expect(free.status == 200, "\(free.json)")
      #expect(free.json["has_api_token"] == false)
      let token = JSONValue.string(service.jira.configuration.apiToken)
      _ = try await service.call(
        "PATCH", path, ["base_url": .string(service.jira.baseURL), "api_token": token])
      #expect(try await service.sync("jira", id).text("status") == "succeeded")
      let before = try await service.call("GET", "/jira-issues?limit=200&sort=key").json["data"]

      for body: JSONValue in [
        ["base_url": .string(other.baseURL)],
        ["base_url": .string(other.baseURL), "api_token": token],
        ["base_url": .string(other.gatewayURL), "api_token": token],
      ] {
        let refused = try await service.call("PATCH", path, body)
        #expect(refused.status == 409, "\(refused.json)")
        #expect(refused.text("detail").contains("another Jira site"), "\(refused.json)")
      }
      let silent = try await service.call("PATCH", path, ["base_url": "http://127.0.0.1:1"])
      #expect(silent.status == 409, "\(silent.json)")
      #expect(silent.text("detail").contains("could not be checked"))
      #expect(try await service.call("GET", path).text("base_url") == service.jira.baseURL)

      // The same site by another way is the same site.
      let same = try await service.call(
        "PATCH", path,
        [
          "base_url": .string(service.jira.gatewayURL), "username": .null,
          "api_token": .string(service.jira.configuration.serviceToken),
        ])
      #expect(same.status == 200, "\(same.json)")
      #expect(try await service.sync("jira", id).text("status") == "succeeded")
      #expect(
        try await service.call("GET", "/jira-issues?limit=200&sort=key").json["data"] == before)
    }
    await other.stop()
  }

  @Test func `a site that is exchanged behind its address is not read`() async throws {
    try await TestService.with(projects: 1, issues: 5) { service in
      let id = try await service.addJira()
      #expect(try await service.sync("jira", id).text("status") == "succeeded")
      _ = try await service.database.pool.query(
        "update jira_organizations set site_id = 'another-cloud-id'")
      let test = try await service.call("POST", "/jira-organizations/\(id)/connection-tests")
      #expect(test.text("status") == "failed")
      #expect(test.text("message").contains("another Jira site"))
    }
  }

  @Test func `another Sentry organization is refused, and the same one needs its token`()
    async throws
  {
    var configuration = SentrySandboxConfiguration()
    configuration.organizationID = "77"
    let other = try SentrySandbox(configuration: configuration)
    try await other.start()
    let twin = try SentrySandbox(configuration: SentrySandboxConfiguration())
    try await twin.start()
    try await withOther(
      "\(other.baseURL),\(twin.baseURL)", "127.0.0.1:1"
    ) { service in
      let id = try await service.addSentry()
      #expect(try await service.sync("sentry", id).text("status") == "succeeded")
      let path = "/sentry-organizations/\(id)"
      let token = JSONValue.string(service.sentry.configuration.authToken)
      let blind = try await service.call("PATCH", path, ["base_url": .string(twin.baseURL)])
      #expect(blind.status == 409)
      #expect(blind.text("detail").contains("auth_token"), "\(blind.json)")
      let refused = try await service.call(
        "PATCH", path, ["base_url": .string(other.baseURL), "auth_token": token])
      #expect(refused.status == 409)
      #expect(refused.text("detail").contains("another Sentry organization"), "\(refused.json)")
      let slug = try await service.call("PATCH", path, ["slug": "elsewhere", "auth_token": token])
      #expect(slug.status == 409, "\(slug.json)")
      #expect(
        twin.stats.total + other.stats.total <= 2, "a token is not sent where it was not given for")
      let same = try await service.call(
        "PATCH", path, ["base_url": .string(twin.baseURL), "auth_token": token])
      #expect(same.status == 200, "\(same.json)")
    }
    await other.stop()
    await twin.stop()
  }

  /// With further vendors allowed.
  private func withOther(
    _ urls: String, _ hosts: String, _ body: (TestService) async throws -> Void
  ) async throws {
    try await TestService.with(
      projects: 1, issues: 5,
      moreVendorHosts: hosts + "," + urls.replacing("http://", with: ""), body)
  }
}
