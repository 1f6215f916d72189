package import RESTClient

/// A step that a workflow offers an issue now, to this account.
package struct JiraTransition: Sendable, Decodable {
  package var id: String
  package var name: String
  package var to: JiraStatus
  /// What its screen asks for, by the fields' keys.
  package var fields: [String: JiraField]
  /// Whether `fields` is all that it asks for: Jira was asked for them, or there is no screen.
  package var hasAllFields: Bool

  private enum CodingKeys: String, CodingKey { case id, name, to, fields, hasScreen }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = container.lenientText(.id) ?? ""
    name = container.lenientText(.name) ?? id
    to = try container.decode(JiraStatus.self, forKey: .to)
    let stated = container.optional([String: JiraField].self, .fields)
    fields = stated ?? [:]
    hasAllFields = stated != nil || container.optional(Bool.self, .hasScreen) == false
  }
}

extension JiraClient {
  /// The transitions that lead from the status, with the fields they ask for.
  package func transitions(_ idOrKey: String) async throws -> [JiraTransition] {
    struct Answer: Decodable { var transitions: [JiraTransition] }
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey, "/transitions"), query: [("expand", "transitions.fields")],
      endpoint: "issue/transitions")
    return try await rest.decode(Answer.self, request).transitions
  }

  /// Moves the issue, once. When Jira's answer is lost, the issue is read: standing where the transition
  /// leads, it has moved.
  ///
  /// - Parameters:
  ///   - fields: values for what the transition's screen requires.
  ///   - status: the name of the status that the issue is in, as far as is known; that a transition
  ///     led there again cannot be seen.
  package func transition(
    _ idOrKey: String, _ transition: JiraTransition, from status: String?,
    fields: [String: JSONValue] = [:]
  ) async throws {
    try await LostAnswer.settle {
      try await self.transition(idOrKey, id: transition.id, fields: fields)
    } look: {
      guard status != transition.to.name else { return nil }
      return try await self.status(of: idOrKey).id == transition.to.id ? () : nil
    }
  }

  /// Sends a transition, once.
  func transition(_ idOrKey: String, id: String, fields: [String: JSONValue] = [:]) async throws {
    var body: [String: JSONValue] = ["transition": .object(["id": .string(id)])]
    if !fields.isEmpty { body["fields"] = .object(fields) }
    _ = try await rest.send(
      RESTClient.Request(
        "POST", Self.path(idOrKey, "/transitions"), body: JSONValue.object(body).encoded(),
        endpoint: "issue/transitions", changing: idOrKey, waitsForOtherChanges: true))
  }

  private func status(of idOrKey: String) async throws -> JiraStatus {
    struct Answer: Decodable {
      struct Fields: Decodable { var status: JiraStatus }
      var fields: Fields
    }
    let request = RESTClient.Request(
      "GET", Self.path(idOrKey), query: [("fields", "status")], endpoint: "issue")
    return try await rest.decode(Answer.self, request).fields.status
  }
}
