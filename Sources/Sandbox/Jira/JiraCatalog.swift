/// Somebody with an account.
struct SandboxPerson: Sendable {
  var accountID: String
  var displayName: String
  /// nil: hidden, as most people set it.
  var email: String?

  static let all = [
    SandboxPerson(
      accountID: "5b10ac8d82e05b22cc7d4ef5", displayName: "Ida Keller",
      email: "service@example.com"),
    SandboxPerson(
      accountID: "712020:9f1e8a30-57c7-4b0f-a5a1-0c8b1d0a3c11", displayName: "Tomás Vega"),
    SandboxPerson(
      accountID: "712020:33d0cf1d-8f0c-4c0a-b1de-4c5bfa1f7e02", displayName: "Ngozi Obi"),
  ]

  /// The account whose token programs use.
  static let service = all[0].accountID
  /// Who acts in Jira's pages.
  static let person = all[1].accountID
}

/// What every project of the site shares.
enum JiraCatalog {
  static let types: [(id: String, name: String, subtask: Bool)] = [
    ("10001", "Story", false), ("10002", "Task", false), ("10004", "Bug", false),
    ("10003", "Sub-task", true),
  ]
  static let priorities: [(id: String, name: String)] = [
    ("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"), ("5", "Lowest"),
  ]
  static let resolutions: [(id: String, name: String)] = [
    ("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"),
  ]
}
