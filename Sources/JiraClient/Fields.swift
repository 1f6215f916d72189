import RESTClient

/// A field of the site, standard or custom.
package struct JiraFieldDescription: Sendable, Decodable, Equatable {
  /// For example `summary` or `customfield_10050`.
  package var id: String
  package var name: String
  package var isCustom: Bool
  /// For example `string`, `option`, `array`; nil for a few that have no shape.
  package var type: String?

  private enum CodingKeys: String, CodingKey { case id, name, custom, schema }
  private struct Schema: Decodable { var type: String? }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    name = container.lenientText(.name) ?? id
    isCustom = container.optional(Bool.self, .custom) ?? id.hasPrefix("customfield_")
    type = container.optional(Schema.self, .schema)?.type
  }
}

extension JiraClient {
  /// Every field of the site that the account may see.
  package func fields() async throws -> [JiraFieldDescription] {
    let request = RESTClient.Request("GET", "/rest/api/3/field", endpoint: "field")
    return try await rest.decode([JiraFieldDescription].self, request)
  }
}
