import Foundation
import RESTClient

/// The organization's records as Sentry writes them.
struct SentryJSON: Sendable {
  let baseURL: String
  let slug: String
  let organizationID: String

  private static let created = JSONValue.string("2025-01-10T08:00:00.000000Z")

  func project(_ project: SandboxSentryProject, isDetailed: Bool = false) -> JSONValue {
    let team = SandboxSentryTeam.of(project)
    let owner: JSONValue = [
      "id": .string(String(team.id)), "slug": .string(team.slug), "name": .string(team.name),
    ]
    var object: [String: JSONValue] = [
      "id": .string(String(project.id)), "slug": .string(project.slug),
      "name": .string(project.name), "platform": .string(project.platform),
      "dateCreated": Self.created, "firstEvent": "2025-01-10T09:00:00.000000Z",
      "isBookmarked": false, "isMember": true, "hasAccess": true, "status": "active",
      "access": .array(Self.scopes), "features": ["alert-filters", "custom-inbound-filters"],
      "team": owner, "teams": [owner], "platforms": [.string(project.platform)],
      "environments": ["production", "staging"], "color": "#3f70bf",
      "latestRelease": ["version": "shop@3.14.19"],
    ]
    guard isDetailed else {
      return SentryConstants.complete(SentryConstants.project, .object(object))
    }
    object["organization"] = organization()
    object["subjectPrefix"] = .string("[\(project.name)] ")
    return SentryConstants.complete(SentryConstants.projectDetail, .object(object))
  }

  func organization() -> JSONValue {
    let object: JSONValue = [
      "id": .string(organizationID), "slug": .string(slug),
      "name": .string("Sandbox \(slug)"), "status": ["id": "active", "name": "active"],
      "dateCreated": "2025-01-01T00:00:00.000000Z", "isEarlyAdopter": false, "require2FA": false,
      "avatar": ["avatarType": "letter_avatar", "avatarUuid": .null, "avatarUrl": .null],
      "features": ["integrations-issue-sync", "integrations-issue-basic"],
      "links": ["organizationUrl": .string(baseURL), "regionUrl": .string(baseURL)],
    ]
    return SentryConstants.complete(SentryConstants.organization, object)
  }

  func note(_ note: SandboxSentryNote) -> JSONValue {
    [
      "id": .string(String(note.id)), "type": "note", "data": ["text": .string(note.text)],
      "user": user(SandboxSentryUser.all[0]), "dateCreated": .string(SandboxTime.sentry(note.date)),
    ]
  }
}
