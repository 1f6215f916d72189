import Cryptography
import Foundation
import Postgres
import RESTClient
import Sandbox
import Synchronization
import TestSupport
import Testing

/// `scripts/soak kills` in small: what was answered with 202 survives whatever ends.
@Suite struct KilledReceiverTests {
  static let deliveries = 300
  static let kills = 10
  static let senders = 6
  static let secret = "a secret of the test"

  /// What a delivery says, and what must become of it.
  private struct Delivery: Sendable {
    var body: [UInt8]
    var state: String
    var reason: String

    init(_ number: Int, keys: [String]) {
      let key = keys[number % keys.count]
      var content: JSONValue
      switch number % 3 {
      case 0:
        content = ["webhookEvent": "jira:issue_updated", "issue": ["key": .string(key)]]
        (state, reason) = ("processed", "\(key) was read from Jira and stored.")
      case 1:
        content = ["webhookEvent": "comment_created", "comment": ["id": "1"]]
        (state, reason) = (
          "ignored", "Comments are not kept, and the delivery names no issue."
        )
      default:
        content = ["webhookEvent": "jira:issue_deleted", "issue": ["id": "987654321"]]
        (state, reason) = (
          "ignored", "Jira does not know the issue, or this account may not see it."
        )
      }
      if case .object(var members) = content {
        members["n"] = JSONValue(number)
        content = .object(members)
      }
      body = content.encoded()
    }
  }

  /// The numbers of the deliveries that were answered with 202.
  private final class Accepted: Sendable {
    private let numbers = Mutex<Set<Int>>([])
    var count: Int { numbers.withLock { $0.count } }
    func add(_ number: Int) { numbers.withLock { _ = $0.insert(number) } }
  }

  @Test func `PostgreSQL restarted and the service killed ten times: nothing accepted is lost`()
    async throws
  {
    let place = await TestSlots.shared.enter()
    defer { place.leave() }
    // With the durability that an operator has: the usual test database has none.
    let folder = URL(filePath: "/tmp/issuebridge-killed-\(UUID().uuidString.prefix(8))")
    let cluster = PrivateCluster(dataDirectory: folder)
    let conninfo = try await cluster.start()
    var configuration = JiraSandboxConfiguration()
    // In which every status can be reached from every other.
    configuration.workflows = [.simple]
    let jira = try JiraSandbox(configuration: configuration)
    try await jira.start()
    let service = try ServiceProcess(
      database: conninfo, vendorHosts: jira.baseURL.replacing("http://", with: ""))
    do {
      try await check(service, cluster, jira)
    } catch {
      Issue.record("\(error): \(service.log.suffix(4000))")
    }
    service.stop()
    await jira.stop()
    await cluster.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  private func check(_ service: ServiceProcess, _ cluster: PrivateCluster, _ jira: JiraSandbox)
    async throws
  {
    try await service.start()
    let id = try await connect(service, jira)
    let keys = try await service.all("/jira-issues").compactMap { $0["key"]?.stringValue }.sorted()
    let deliveries = (0..<Self.deliveries).map { Delivery($0, keys: keys) }
    // What the stored copies do not know yet and the deliveries tell of.
    for key in keys { try await move(key, jira) }

    let accepted = Accepted()
    let url = "http://127.0.0.1:\(service.port)/webhooks/jira/\(id)"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for sender in 0..<Self.senders {
        group.addTask {
          for number in stride(from: sender, to: Self.deliveries, by: Self.senders) {
            try await Self.deliver(deliveries[number], number, to: url)
            accepted.add(number)
          }
        }
      }
      try await endAgainAndAgain(service, cluster) { accepted.count }
      try await group.waitForAll()
    }
    #expect(accepted.count == Self.deliveries)

    try await eventually("all are processed", within: .seconds(120)) {
      try await service.call("GET", "/webhook-deliveries?state=pending&limit=1")["data"]?
        .arrayValue?.isEmpty == true
    }
    let stored = try await service.all("/webhook-deliveries")
    #expect(stored.count == Self.deliveries)
    for row in stored {
      let name = row["delivery_id"]?.stringValue ?? ""
      let number = try #require(Int(name.dropFirst("test-".count)), "\(row)")
      let whole = try await service.call(
        "GET", "/webhook-deliveries/\(row["id"]?.wholeNumber ?? 0)")
      #expect(whole["body"] == (try JSONValue(parsing: deliveries[number].body)))
      #expect(whole["state"]?.stringValue == deliveries[number].state, "\(whole)")
      #expect(whole["reason"]?.stringValue == deliveries[number].reason)
    }
    // Each third names an issue: those were read, and only those.
    let told = Set(stride(from: 0, to: Self.deliveries, by: 3).map { keys[$0 % keys.count] })
    #expect(told.count > keys.count / 4 && told.count < keys.count)
    for issue in try await service.all("/jira-issues") {
      let key = issue["key"]?.stringValue ?? ""
      let isCurrent = issue["status"]?.stringValue == jira.statusName(of: key)
      #expect(isCurrent == told.contains(key), "\(key)")
    }
  }

  /// Kills the service ten times and restarts PostgreSQL once, spread over the deliveries at random.
  private func endAgainAndAgain(
    _ service: ServiceProcess, _ cluster: PrivateCluster, _ accepted: () -> Int
  ) async throws {
    let part = Self.deliveries / (Self.kills + 1)
    for turn in 1...Self.kills {
      let moment = turn * part + Int.random(in: 0..<part)
      try await eventually("delivery \(moment) is accepted", within: .seconds(120)) {
        accepted() >= moment
      }
      service.killNow()
      try service.spawn()
      if turn == Self.kills / 2 {
        // Without a database it does not begin; whoever runs it would start it again.
        try await service.untilReady()
        await cluster.stop()
        _ = try await cluster.start()
      }
    }
    try await service.untilReady()
  }

  /// As Jira does: again until it is accepted.
  private static func deliver(_ delivery: Delivery, _ number: Int, to url: String) async throws {
    let transport = try CurlTransport(policy: nil)
    let code = HMACSHA256.hexDigest(of: delivery.body, key: Array(secret.utf8))
    let deadline = ContinuousClock.now + .seconds(120)
    while true {
      let answer = try? await transport.send(
        TransportRequest(
          method: "POST", url: url,
          headerFields: [
            ("Content-Type", "application/json"), ("X-Hub-Signature", "sha256=\(code)"),
            ("X-Atlassian-Webhook-Identifier", "test-\(number)"),
          ], body: delivery.body, timeout: .seconds(60)))
      if answer?.status == 202 { return }
      guard .now < deadline else { throw NeverHappened(description: "delivery \(number)") }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// - Returns: the organization's id.
  private func connect(_ service: ServiceProcess, _ jira: JiraSandbox) async throws -> Int {
    let made = try await service.call(
      "POST", "/jira-organizations",
      [
        "name": "acme", "base_url": .string(jira.baseURL),
        "username": .string(jira.configuration.username),
        "api_token": .string(jira.configuration.apiToken),
        "webhook_secret": .string(Self.secret),
      ])
    let id = try #require(made["id"]?.wholeNumber)
    let run = try await service.call(
      "POST", "/jira-organizations/\(id)/sync-runs", ["mode": "full"])
    try await eventually("the first sync has ended", within: .seconds(60)) {
      try await service.call("GET", "/sync-runs/\(run["id"]?.wholeNumber ?? 0)")["status"]
        == "succeeded"
    }
    return id
  }

  /// Gives an issue another status than it has, which nobody is told.
  private func move(_ key: String, _ jira: JiraSandbox) async throws {
    let to = jira.statusName(of: key) == "In Progress" ? "To Do" : "In Progress"
    let answer = try await CurlTransport(policy: nil).send(
      TransportRequest(
        method: "POST", url: "\(jira.baseURL)/sandbox/issues/\(key)/transition",
        headerFields: [("Content-Type", "application/json")],
        body: JSONValue.object(["to": .string(to)]).encoded()))
    guard answer.status < 300 else {
      throw NeverHappened(description: "\(key) was moved: \(answer.status)")
    }
  }
}
