import Foundation
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// What a connection that does not work says, wherever it says it.
@Suite struct ConnectionTests {
  typealias Case = (refusal: SandboxRefusal, status: String, words: [String])

  private static let jira: [Case] = [
    (.captcha, "unauthorized", ["CAPTCHA", "sign in once", "web browser"]),
    (.ipAllowlist, "failed", ["has been rejected", "IP allowlist", "admin.atlassian.com"]),
    (.ipAllowlistJSON, "failed", ["has been rejected", "IP allowlist"]),
    (.suspended, "failed", ["There is no Jira site at http://127.0.0.1", "suspended"]),
    (
      .renamed, "failed",
      ["leads to https://renamed-acme.atlassian.net", "set base_url to https://renamed-acme"]
    ),
    (.loginPage, "failed", ["Log in with Atlassian account", "sign-in page", "base URL"]),
    (.loginRedirect, "failed", ["sign-in page", "base URL"]),
    (.otherSystem, "failed", ["check the base URL", "https://your-site.atlassian.net"]),
  ]
  private static let sentry: [Case] = [
    (.suspended, "failed", ["There is no Sentry site at http://127.0.0.1"]),
    (.renamed, "failed", ["leads to https://renamed-acme.atlassian.net"]),
    (.loginPage, "failed", ["sign-in page"]),
    (.loginRedirect, "failed", ["sign-in page"]),
    (.singleSignOn, "unauthorized", ["Must login via SSO", "auth_token"]),
    (.otherSystem, "failed", ["https://us.sentry.io"]),
  ]

  @Test func `each reason is told by the test, the organization and a sync alike`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let ids = try await service.connect()
      for (vendor, id, cases) in [
        ("jira", ids.jira, Self.jira), ("sentry", ids.sentry, Self.sentry),
      ] {
        for (refusal, status, words) in cases {
          if vendor == "jira" {
            service.jira.refusal = refusal
          } else {
            service.sentry.refusal = refusal
          }
          let path = "/\(vendor)-organizations/\(id)"
          let test = try await service.call("POST", path + "/connection-tests")
          let message = test.text("message")
          #expect(test.text("status") == status, "\(refusal): \(message)")
          for word in words {
            #expect(message.localizedCaseInsensitiveContains(word), "\(refusal): \(message)")
          }
          #expect(!message.contains("<"), "\(message)")
          #expect(!message.contains("let a ="), "\(message)")
          #expect(try await service.call("GET", path).text("connection_error") == message)

          let run = try await service.sync(vendor, id)
          #expect(run.text("status") == "failed")
          let detail = run.json["errors"]?.arrayValue?.last?["detail"]?.stringValue ?? ""
          for word in words {
            #expect(detail.localizedCaseInsensitiveContains(word), "\(refusal): \(detail)")
          }
          let organization = try await service.call("GET", path)
          #expect(organization.text("connection_status") == status, "\(refusal)")
          #expect(organization.text("connection_error") == detail, "\(refusal)")
        }
        service.jira.refusal = .none
        service.sentry.refusal = .none
        #expect(try await service.sync(vendor, id).text("status") == "succeeded")
        #expect(
          try await service.call("GET", "/\(vendor)-organizations/\(id)").json["connection_error"]
            == .null)
      }
    }
  }

  @Test func `a token with scopes works by the gateway only, and the site's own address is told`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 3) { service in
      let token = service.jira.configuration.scopedToken
      let id = try await service.addJira()
      let path = "/jira-organizations/\(id)"
      _ = try await service.call("PATCH", path, ["api_token": .string(token)])
      let refused = try await service.call("POST", path + "/connection-tests")
      #expect(refused.text("status") == "unauthorized")
      let place = "https://api.atlassian.com/ex/jira/\(service.jira.cloudID)"
      #expect(refused.text("message").contains(place), "\(refused.json)")
      #expect(!refused.text("message").contains(token))

      let moved = try await service.call(
        "PATCH", path, ["base_url": .string(service.jira.gatewayURL), "api_token": .string(token)])
      #expect(moved.status == 200, "\(moved.json)")
      let test = try await service.call("POST", path + "/connection-tests")
      #expect(test.text("status") == "connected", "\(test.json)")
      #expect(try await service.sync("jira", id).text("status") == "succeeded")
      let ticket = try await service.call("GET", "/jira-issues?limit=1").data[0]
      let browse = ticket["browse_url"]?.stringValue ?? ""
      #expect(browse.hasPrefix(service.jira.baseURL + "/browse/"), "\(browse)")
    }
  }

  @Test func `a missing scope is named`() async throws {
    try await TestService.with(projects: 1, issues: 3) { service in
      let id = try await service.addJira()
      let path = "/jira-organizations/\(id)"
      _ = try await service.call(
        "PATCH", path,
        [
          "base_url": .string(service.jira.gatewayURL),
          "api_token": .string(service.jira.configuration.scopedToken),
        ])
      for missing in ["read:jira-user", "read:jira-work"] {
        service.jira.scopes = Set(["read:jira-user", "read:jira-work", "write:jira-work"])
          .subtracting([missing])
        let test = try await service.call("POST", path + "/connection-tests")
        #expect(test.text("status") == "unauthorized")
        for scope in ["read:jira-user", "read:jira-work", "write:jira-work"] {
          #expect(test.text("message").contains(scope), "\(test.json)")
        }
      }
      let run = try await service.sync("jira", id)
      #expect(run.text("status") == "failed")
      #expect("\(run.json["errors"] ?? .null)".contains("read:jira-work"))
    }
  }

  @Test func `a service account's token goes alone, and its tickets are created and browsed`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 3) { service in
      _ = try await service.addSentry()
      _ = try await service.sync("sentry", 1)
      let made = try await service.call(
        "POST", "/jira-organizations",
        [
          "name": "service account", "base_url": .string(service.jira.gatewayURL),
          "api_token": .string("\n \"\(service.jira.configuration.serviceToken)\" \n"),
        ])
      #expect(made.status == 201, "\(made.json)")
      #expect(made.json["username"] == .null)
      let id = made.id("id")
      let test = try await service.call("POST", "/jira-organizations/\(id)/connection-tests")
      #expect(test.text("status") == "connected", "\(test.json)")
      #expect(try await service.sync("jira", id).text("status") == "succeeded")
      let error = try await service.openError()
      let ticket = try await service.call(
        "POST", "/sentry-issues/\(error)/jira-tickets",
        ["jira_project_id": JSONValue(try await service.project("WEB"))])
      #expect(ticket.status == 201, "\(ticket.json)")
      #expect(ticket.text("jira_issue", "browse_url").hasPrefix(service.jira.baseURL + "/browse/"))

      // A person's token without the person.
      _ = try await service.call(
        "PATCH", "/jira-organizations/\(id)",
        ["api_token": .string(service.jira.configuration.apiToken)])
      let wrong = try await service.call("POST", "/jira-organizations/\(id)/connection-tests")
      #expect(wrong.text("message").contains("e-mail address as username"), "\(wrong.json)")
    }
  }

  @Test func `a user name that is not an e-mail address is pointed at`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let made = try await service.call(
        "POST", "/jira-organizations",
        [
          "name": "acme", "base_url": .string(service.jira.baseURL), "username": " maria\n",
          "api_token": .string(service.jira.configuration.apiToken),
        ])
      #expect(made.text("username") == "maria")
      let test = try await service.call(
        "POST", "/jira-organizations/\(made.id("id"))/connection-tests")
      #expect(test.text("message").contains(#""maria", which is not an e-mail address"#))
    }
  }

  @Test func `the user name may be left out at the gateway only`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let missing = try await service.call(
        "POST", "/jira-organizations",
        ["name": "a", "base_url": .string(service.jira.baseURL), "api_token": "t"])
      #expect(missing.status == 422)
      #expect(missing.text("detail").contains("/username: Is required"))
      let id = try await service.addJira()
      let cleared = try await service.call(
        "PATCH", "/jira-organizations/\(id)", ["username": .null])
      #expect(cleared.status == 422)
      let both = try await service.call(
        "PATCH", "/jira-organizations/\(id)",
        ["username": .null, "base_url": .string(service.jira.gatewayURL)])
      #expect(both.status == 200, "\(both.json)")
      #expect(
        both.json["has_api_token"] == false, "a token does not go to another address by itself")
      let back = try await service.call(
        "PATCH", "/jira-organizations/\(id)", ["base_url": .string(service.jira.baseURL)])
      #expect(back.status == 422)
    }
  }

  @Test func `missing permissions are listed, and without reading nothing is green`() async throws {
    try await TestService.with(projects: 1, issues: 3) { service in
      let ids = try await service.connect()
      let path = "/jira-organizations/\(ids.jira)/connection-tests"
      let good = try await service.call("POST", path)
      #expect(good.json["missing_permissions"] == [])
      service.jira.lackingPermissions = ["TRANSITION_ISSUES", "ADD_COMMENTS"]
      let some = try await service.call("POST", path)
      #expect(some.text("status") == "connected")
      let names = some.json["missing_permissions"]?.arrayValue?.compactMap {
        $0["name"]?.stringValue
      }
      #expect(names == ["TRANSITION_ISSUES", "ADD_COMMENTS"])
      #expect(some.text("message").contains("TRANSITION_ISSUES (needed for carrying statuses"))
      service.jira.lackingPermissions = ["BROWSE_PROJECTS"]
      let none = try await service.call("POST", path)
      #expect(none.text("status") == "unauthorized")
      #expect(none.text("message").contains("BROWSE_PROJECTS"))
    }
  }

  @Test(arguments: [
    (["event:read"], "unauthorized", ["event:read"]),
    (["event:write", "event:admin"], "connected", ["event:write"]),
    (["event:admin"], "connected", []),
    (["event:read", "event:write", "event:admin"], "unauthorized", ["event:read", "event:write"]),
  ])
  func `a token without a scope is not green`(
    lacking: [String], status: String, missing: [String]
  ) async throws {
    try await TestService.with(projects: 1, issues: 3) { service in
      let id = try await service.addSentry()
      _ = try await service.act(
        .sentry, "settings", ["lacking_scopes": .array(lacking.map(JSONValue.string))])
      let path = "/sentry-organizations/\(id)"
      let test = try await service.call("POST", path + "/connection-tests")
      #expect(test.text("status") == status, "\(test.json)")
      let names = test.json["missing_permissions"]?.arrayValue?.compactMap {
        $0["name"]?.stringValue
      }
      #expect(names == missing, "\(test.json)")
      for name in missing { #expect(test.text("message").contains(name)) }
      guard status == "unauthorized" else { return }
      // All projects refuse: so does the organization.
      let run = try await service.sync("sentry", id)
      #expect(run.text("status") == "failed")
      let organization = try await service.call("GET", path)
      #expect(organization.text("connection_status") == "unauthorized")
      #expect(organization.text("connection_error").contains("event:read"), "\(organization.json)")
    }
  }

  @Test func `a server that does not know single issues is said to be too old`() async throws {
    try await TestService.with(projects: 1, issues: 3) { service in
      let id = try await service.addSentry()
      _ = try await service.act(.sentry, "settings", ["single_issues": "old"])
      let test = try await service.call("POST", "/sentry-organizations/\(id)/connection-tests")
      #expect(test.text("message").contains("too old"), "\(test.json)")
    }
  }

  @Test func `a slug that is not there is named with its address`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let made = try await service.call(
        "POST", "/sentry-organizations",
        [
          "name": "x", "slug": "acmee", "base_url": .string(service.sentry.baseURL),
          "auth_token": .string(service.sentry.configuration.authToken),
        ])
      let test = try await service.call(
        "POST", "/sentry-organizations/\(made.id("id"))/connection-tests")
      #expect(test.text("status") == "failed")
      #expect(test.text("message").contains(#"no organization "acmee""#), "\(test.json)")
      #expect(test.text("message").contains(service.sentry.baseURL))
    }
  }

  @Test func `a server that does not know permissions is connected with a word about it`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 1) { service in
      let id = try await service.addJira()
      var faults = SandboxFaults()
      faults.serverError = 1
      faults.only = "mypermissions"
      service.jira.faults = faults
      let test = try await service.call("POST", "/jira-organizations/\(id)/connection-tests")
      #expect(test.text("status") == "connected")
      #expect(test.json["warnings"]?.arrayValue?.count == 1, "\(test.json)")
    }
  }

  @Test(arguments: [
    ("https://acme.atlassian.net", "", "https://acme.atlassian.net"),
    (" \"https://Acme.atlassian.net/\"\n", "", "https://acme.atlassian.net"),
    ("<https://acme.atlassian.net>", "", "https://acme.atlassian.net"),
    ("\u{FEFF}https://acme.atlassian.net\u{200B}", "", "https://acme.atlassian.net"),
    (
      "https://acme.atlassian.net/jira/software/projects/AAA/boards/1",
      "use https://acme.atlassian.net (", ""
    ),
    (
      "https://acme.atlassian.net/jira/software/projects/AAA/boards/1?selectedIssue=AAA-1",
      "use https://acme.atlassian.net (", ""
    ),
    ("https://acme.atlassian.net/browse/AAA-1", "Only /ex/jira/{cloudId} may follow the host", ""),
    ("https://acme.atlassian.net/rest/api/3", "use https://acme.atlassian.net (", ""),
    ("https://acme.atlassian.net/wiki#top", "use https://acme.atlassian.net (", ""),
    ("https://acme.atlassian.net/?a=b", "use https://acme.atlassian.net (", ""),
    ("acme.atlassian.net", "use https://acme.atlassian.net (", ""),
    ("acme.atlassian.net/browse/A-1", "use https://acme.atlassian.net (", ""),
    ("acme", "https://your-site.atlassian.net", ""),
    ("https://api.atlassian.com", "/ex/jira/{cloudId}", ""),
    ("https://api.atlassian.com/ex/confluence/11-22", "/ex/jira/{cloudId}", ""),
    ("https://api.atlassian.com/ex/jira/{cloudId}", "_edge/tenant_info", ""),
    (
      "https://api.atlassian.com/ex/jira/11-22/rest/api/3",
      "use https://api.atlassian.com/ex/jira/11-22.", ""
    ),
    ("https://api.atlassian.com/ex/jira/11-22/", "", "https://api.atlassian.com/ex/jira/11-22"),
  ])
  func `a pasted address of Jira is put right or refused with the right one`(
    pasted: String, words: String, address: String
  ) throws {
    try check(.jira, pasted, words, address)
  }

  @Test(arguments: [
    ("https://sentry.io", "", "https://sentry.io"),
    ("https://sentry.io/", "", "https://sentry.io"),
    ("'https://us.sentry.io'", "", "https://us.sentry.io"),
    ("https://us.sentry.io/api/0", "use https://us.sentry.io (", ""),
    ("https://acme.sentry.io/issues/", "use https://acme.sentry.io (", ""),
    ("https://sentry.io/organizations/acme/issues/", "use https://sentry.io (", ""),
    ("us.sentry.io", "use https://us.sentry.io (", ""),
    ("sentry", "https://us.sentry.io or https://de.sentry.io", ""),
    ("https://us.sentry.io/ex/jira/11-22", "use https://us.sentry.io (", ""),
  ])
  func `a pasted address of Sentry is put right or refused with the right one`(
    pasted: String, words: String, address: String
  ) throws {
    try check(.sentry, pasted, words, address)
  }

  private func check(_ vendor: Vendor, _ pasted: String, _ words: String, _ address: String) throws
  {
    let policy = try VendorHostPolicy.parse(VendorHostPolicy.standard)
    var body = BodyFields(["base_url": .string(pasted)])
    let read = body.vendorURL("base_url", vendor, policy)
    if words.isEmpty {
      #expect(read == address)
      try body.finish()
    } else {
      #expect(read == nil)
      let problem = try #require(throws: Problem.self) { try body.finish() }
      #expect(problem.fieldErrors.first?.pointer == "/base_url")
      #expect(problem.detail.contains(words), "\(problem.detail)")
    }
  }

  @Test func `where sentry.io is not allowed its regions are told`() throws {
    let policy = try VendorHostPolicy.parse("*.sentry.io")
    var body = BodyFields(["base_url": "https://sentry.io"])
    #expect(body.vendorURL("base_url", .sentry, policy) == nil)
    let problem = try #require(throws: Problem.self) { try body.finish() }
    #expect(problem.detail.contains("https://us.sentry.io or https://de.sentry.io"))
  }
}
