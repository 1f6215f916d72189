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
  struct IssueType: Sendable {
    var id: String
    /// Untranslated.
    var name: String
    /// 0 is standard, -1 a sub-task, 1 an epic.
    var hierarchyLevel: Int
  }

  static let types = [
    IssueType(id: "10001", name: "Story", hierarchyLevel: 0),
    IssueType(id: "10002", name: "Task", hierarchyLevel: 0),
    IssueType(id: "10004", name: "Bug", hierarchyLevel: 0),
    IssueType(id: "10003", name: "Sub-task", hierarchyLevel: -1),
    IssueType(id: "10000", name: "Epic", hierarchyLevel: 1),
  ]
  static let priorities: [(id: String, name: String)] = [
    ("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"), ("5", "Lowest"),
  ]
  static let resolutions: [(id: String, name: String)] = [
    ("10000", "Done"), ("10001", "Won't Do"), ("10002", "Duplicate"),
  ]
  /// Names of the catalog by language and untranslated name.
  static let translations = [
    "de": [
      "Story": "Story", "Task": "Aufgabe", "Bug": "Fehler", "Sub-task": "Unteraufgabe",
      "Epic": "Epos", "Highest": "Höchste", "High": "Hoch", "Medium": "Mittel", "Low": "Niedrig",
      "Lowest": "Niedrigste", "Done": "Fertig", "Won't Do": "Wird nicht erledigt",
      "Duplicate": "Duplikat",
    ],
    "ru": [
      "Story": "История", "Task": "Задача", "Bug": "Ошибка", "Sub-task": "Подзадача",
      "Epic": "Эпик", "Highest": "Наивысший", "High": "Высокий", "Medium": "Средний",
      "Low": "Низкий", "Lowest": "Низший", "Done": "Готово", "Won't Do": "Не будет сделано",
      "Duplicate": "Дубликат",
    ],
  ]
}
