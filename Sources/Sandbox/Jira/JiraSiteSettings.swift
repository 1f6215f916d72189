/// What an administrator or the account's owner changed of the site, apart from its records.
struct JiraSiteSettings: Sendable {
  /// Of the account that programs use: the names of types, priorities and resolutions follow it, their
  /// ids and untranslated names do not.
  var language = "en"
  /// The account's global permission to change many issues at once.
  var mayChangeInBulk = true
  /// Types that an administrator turned into sub-task types.
  var subtaskTypes: Set<String> = []
  /// The ids of the types that projects have, by the projects' ids; those missing have all.
  var types: [Int64: [String]] = [:]
  /// The largest page of create-metadata.
  var maxMetadataPage = 200
  /// New issues whose descriptions hold this are refused; empty is none.
  var refusedWords = ""

  func types(of project: Int64) -> [JiraCatalog.IssueType] {
    guard let ids = types[project] else { return JiraCatalog.types }
    return JiraCatalog.types.filter { ids.contains($0.id) }
  }

  /// A name of the site's catalog in the account's language.
  func name(_ untranslated: String) -> String {
    JiraCatalog.translations[language]?[untranslated] ?? untranslated
  }

  func isSubtask(_ type: JiraCatalog.IssueType) -> Bool {
    type.hierarchyLevel < 0 || subtaskTypes.contains(type.id)
  }
}
