import RESTClient

/// Users, members and teams as Sentry writes them.
extension SentryJSON {
  func user(_ user: SandboxSentryUser) -> JSONValue {
    let email = JSONValue.string(user.email)
    return [
      "id": .string(String(user.id)), "name": .string(user.name),
      "username": .string(user.username), "email": email,
      "avatarUrl": .string("\(baseURL)/avatar/\(user.username)/"),
      "avatar": ["avatarType": "letter_avatar", "avatarUuid": .null, "avatarUrl": .null],
      "emails": [["id": .string(String(user.id)), "email": email, "is_verified": true]],
      "identities": [], "authenticators": [], "canReset2fa": true, "isActive": true,
      "isSuspended": false, "hasPasswordAuth": true, "isManaged": false, "has2fa": true,
      "isSuperuser": false, "isStaff": false, "experiments": [:],
      "dateJoined": "2025-01-02T08:00:00.000000Z", "lastLogin": "2026-11-20T07:55:00.000000Z",
      "lastActive": "2026-11-23T16:20:00.000000Z",
    ]
  }

  func member(_ user: SandboxSentryUser) -> JSONValue {
    [
      "id": .string(String(900 + user.id)), "email": .string(user.email),
      "name": .string(user.name), "user": self.user(user),
      "orgRole": user.id == 1 ? "owner" : "member", "pending": false, "expired": false,
      "dateCreated": "2025-01-02T08:00:00.000000Z", "inviteStatus": "approved",
      "inviterName": user.id == 1 ? .null : "Ida Keller", "externalUsers": [],
      "flags": [
        "idp:provisioned": false, "idp:role-restricted": false, "sso:linked": false,
        "sso:invalid": false, "member-limit:restricted": false, "partnership:restricted": false,
      ],
    ]
  }

  /// - Parameter projects: those of the team; nil: not shown.
  func team(_ team: SandboxSentryTeam, projects: [SandboxSentryProject]? = nil) -> JSONValue {
    var object: [String: JSONValue] = [
      "id": .string(String(team.id)), "slug": .string(team.slug), "name": .string(team.name),
      "dateCreated": "2025-01-03T08:00:00.000000Z", "isMember": true, "teamRole": "contributor",
      "flags": ["idp:provisioned": false], "access": .array(Self.scopes),
      "hasAccess": true, "isPending": false,
      "memberCount": JSONValue(SandboxSentryUser.all.count),
      "avatar": ["avatarType": "letter_avatar", "avatarUuid": .null, "avatarUrl": .null],
    ]
    if let projects { object["projects"] = .array(projects.map { project($0) }) }
    return .object(object)
  }

  static let scopes: [JSONValue] = [
    "org:read", "project:read", "team:read", "member:read", "event:read", "event:write",
    "event:admin",
  ]
}
