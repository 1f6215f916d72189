import RESTClient

/// A ticket elsewhere that Sentry shows at an issue.
package struct SentryExternalIssue: Sendable, Decodable {
  package var id: String
  package var webURL: String?
  package var displayName: String?

  private enum CodingKeys: String, CodingKey {
    case id, displayName
    case webURL = "webUrl"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = container.lenientText(.id) ?? ""
    webURL = container.lenientText(.webURL)
    displayName = container.lenientText(.displayName)
  }
}

extension SentryClient {
  package func externalIssues(of id: Int64) async throws -> [SentryExternalIssue] {
    let request = RESTClient.Request(
      "GET", path("issues/\(id)/external-issues/"), endpoint: "issue/external-issues")
    return try await rest.decode([SentryExternalIssue].self, request)
  }

  /// Shows a ticket at an issue, through the internal integration's installation. An issue has one for
  /// each integration, which is replaced, so that it is sent again when its answer is lost.
  ///
  /// - Parameters:
  ///   - installation: the installation's UUID.
  ///   - project: for example the Jira project's key.
  ///   - identifier: for example the ticket's number.
  package func createExternalIssue(
    installation: String, issue id: Int64, webURL: String, project: String, identifier: String
  ) async throws -> SentryExternalIssue {
    let body = JSONValue.object([
      "issueId": .integer(id), "webUrl": .string(webURL), "project": .string(project),
      "identifier": .string(identifier),
    ])
    let request = RESTClient.Request(
      "POST",
      "/api/0/sentry-app-installations/\(RESTClient.encoded(installation))/external-issues/",
      body: body.encoded(), endpoint: "external-issues", isRepeatable: true)
    return try await rest.decode(SentryExternalIssue.self, request)
  }

  /// Shows it no longer. One that is gone already is no error.
  package func deleteExternalIssue(installation: String, id: String) async throws {
    let path = "/api/0/sentry-app-installations/\(RESTClient.encoded(installation))/"
    do {
      _ = try await rest.send(
        RESTClient.Request(
          "DELETE", path + "external-issues/\(RESTClient.encoded(id))/",
          endpoint: "external-issues", isRepeatable: true))
    } catch let error as RESTError where error.status == 404 {}
  }
}
