import RESTClient

/// Somebody in the organization.
struct SandboxSentryUser: Sendable {
  var id: Int64
  var name: String
  var username: String
  var email: String

  static let all = [
    SandboxSentryUser(
      id: 1, name: "Ida Keller", username: "ida", email: "ida.keller@example.com"),
    SandboxSentryUser(
      id: 2, name: "Tomás Vega", username: "tomas", email: "tomas.vega@example.com"),
    SandboxSentryUser(
      id: 3, name: "Ngozi Obi", username: "ngozi", email: "ngozi.obi@example.com"),
  ]
}

struct SandboxSentryTeam: Sendable {
  var id: Int64
  var slug: String
  var name: String

  static let all = [
    SandboxSentryTeam(id: 101, slug: "storefront", name: "Storefront"),
    SandboxSentryTeam(id: 102, slug: "platform", name: "Platform"),
  ]

  /// The projects are shared out among the teams, in turn.
  static func of(_ project: SandboxSentryProject) -> SandboxSentryTeam {
    all[Int(project.id % Int64(all.count))]
  }
}

/// Whom an issue is assigned to.
enum SandboxSentryOwner: Sendable, Equatable {
  case user(Int64)
  case team(Int64)

  /// As clients name one: `user:1`, `team:101`, `#storefront`, a username or an e-mail address.
  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let users = SandboxSentryUser.all
    let teams = SandboxSentryTeam.all
    if let user = users.first(where: {
      text == $0.username || text == $0.email || parts == ["user", String($0.id)]
    }) {
      self = .user(user.id)
    } else if let team = teams.first(where: {
      text == "#" + $0.slug || parts == ["team", String($0.id)]
    }) {
      self = .team(team.id)
    } else {
      return nil
    }
  }

  var json: JSONValue {
    switch self {
    case .user(let id):
      guard let user = SandboxSentryUser.all.first(where: { $0.id == id }) else { return .null }
      return [
        "type": "user", "id": .string(String(id)), "name": .string(user.name),
        "email": .string(user.email),
      ]
    case .team(let id):
      guard let team = SandboxSentryTeam.all.first(where: { $0.id == id }) else { return .null }
      return ["type": "team", "id": .string(String(id)), "name": .string(team.slug)]
    }
  }
}
