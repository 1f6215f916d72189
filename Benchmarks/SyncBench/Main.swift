import Foundation
import JiraClient
import RESTClient

/// Fetches every page of every project of a Jira site and throws it away: what a sync could reach at
/// best with this client at this concurrency. Arguments: base URL, user, token, concurrency, and
/// `bytes` to throw the answers away as they come or `issues` to read them first. Prints seconds and
/// requests.
@main
enum SyncBench {
  static let fields = [
    "summary", "description", "issuetype", "status", "resolution", "priority", "assignee",
    "reporter", "labels", "components", "fixVersions", "created", "updated", "resolutiondate",
    "project",
  ]

  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count == 5, let concurrency = Int(arguments[3]),
      ["bytes", "issues"].contains(arguments[4])
    else {
      print("usage: sync-bench BASE-URL USER TOKEN CONCURRENCY bytes|issues")
      exit(2)
    }
    let client = try JiraClient(
      site: JiraSite(baseURL: arguments[0], username: arguments[1], apiToken: arguments[2]),
      transport: try CurlTransport(policy: nil))
    var projects: [Int64] = []
    while true {
      let page = try await client.projects(startAt: projects.count)
      projects += page.projects.map(\.id)
      if page.isLast || page.projects.isEmpty { break }
    }
    let fetch = arguments[4] == "bytes" ? fetchBytes : fetchIssues
    let start = ContinuousClock.now
    let requests = try await withThrowingTaskGroup(of: Int.self) { group in
      var total = 0
      for (position, project) in projects.enumerated() {
        if position >= concurrency { total += try await group.next() ?? 0 }
        group.addTask { try await fetch(project, client) }
      }
      for try await count in group { total += count }
      return total
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print(String(format: "%.3f %d", seconds, requests))
  }

  private static func fetchIssues(_ project: Int64, _ client: JiraClient) async throws -> Int {
    var token: String?
    var requests = 0
    repeat {
      let page = try await client.search(
        jql: "project = \(project) order by updated desc", fields: fields, nextPageToken: token)
      requests += 1
      token = page.nextPageToken
    } while token != nil
    return requests
  }

  private static func fetchBytes(_ project: Int64, _ client: JiraClient) async throws -> Int {
    let names = "[" + fields.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    var token: String?
    var requests = 0
    repeat {
      let next = token.map { #","nextPageToken":"\#($0)""# } ?? ""
      let body =
        #"{"jql":"project = \#(project) order by updated desc","maxResults":100,"fields":\#(names)\#(next)}"#
      let response = try await client.rest.send(
        RESTClient.Request(
          "POST", "/rest/api/3/search/jql", body: Array(body.utf8), endpoint: "search/jql",
          isRepeatable: true))
      requests += 1
      token = Self.token(in: response.body)
    } while token != nil
    return requests
  }

  /// The token stands near the end of a page.
  private static func token(in body: [UInt8]) -> String? {
    let tail = String(decoding: body.suffix(400), as: UTF8.self)
    guard let start = tail.range(of: #""nextPageToken":""#)?.upperBound else { return nil }
    return String(tail[start...].prefix { $0 != "\"" })
  }
}
