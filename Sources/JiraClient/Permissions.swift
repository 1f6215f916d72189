import RESTClient

/// What an account may do, by the keys of Jira's permissions.
struct JiraPermissions: Decodable {
  private struct Permission: Decodable { var havePermission: Bool }

  private var permissions: [String: Permission]

  var granted: Set<String> { Set(permissions.filter(\.value.havePermission).keys) }
}

extension JiraClient {
  /// Those of some permissions that the account has in any project.
  package func grantedPermissions(among keys: [String]) async throws -> Set<String> {
    let request = RESTClient.Request(
      "GET", "/rest/api/3/mypermissions", query: [("permissions", keys.joined(separator: ","))],
      endpoint: "mypermissions")
    return try await rest.decode(JiraPermissions.self, request).granted
  }
}
