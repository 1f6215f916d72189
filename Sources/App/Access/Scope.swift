/// What a token may do; each includes those before it.
package enum Scope: String, Sendable, Comparable, CaseIterable {
  case read, write, admin

  package static func < (left: Scope, right: Scope) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .read: 0
    case .write: 1
    case .admin: 2
    }
  }
}

/// Who asks.
package struct Principal: Sendable, Equatable {
  /// The token's name; `bootstrap` for the configured one.
  package var name: String
  package var scope: Scope
  /// nil for the configured one.
  var tokenID: Int64?
  /// `console` for who came by its cookie.
  var cause = Actor.Cause.api

  /// Who audit events name while a request of this principal is handled.
  func actor(_ requestID: String?) -> Actor {
    Actor(name: name, cause: cause, tokenID: tokenID, requestID: requestID)
  }
}
