/// A name of Jira's that a mapping uses, and where in the request it stands.
struct MappingName: Sendable, Equatable {
  enum Kind: String, Sendable { case status, resolution }

  var kind: Kind
  var name: String
  /// A JSON pointer.
  var pointer: String
  /// Whether tickets are to be moved there.
  var isTarget: Bool
}

/// Names that a Jira project or a whole site has.
struct NameSource: Sendable, Equatable {
  var kind: MappingName.Kind
  /// How people call the project or site, as the beginning of a sentence.
  var title: String
  /// nil: Jira could not be asked.
  var names: [String]?
  /// The same with their ids.
  var found: [StatusMapping.JiraName] = []
  /// Why it could not; one sentence.
  var failure: String?

  fileprivate func has(_ name: String) -> Bool {
    names?.contains { $0.lowercased() == name.lowercased() } ?? false
      || found.contains { $0.id == name }
  }
}

extension MappingName {
  /// As in a mapping's `jiraIDs`.
  var key: String { "\(kind.rawValue):\(name.lowercased())" }

  /// What Jira calls this, in all that was asked: by name, or where a client gave the id, by id.
  func found(in sources: [NameSource]) -> [StatusMapping.JiraName] {
    sources.filter { $0.kind == kind }.flatMap(\.found).filter {
      $0.name.lowercased() == name.lowercased() || $0.id == name
    }
  }

  /// Most names that a refusal lists.
  private static let mostListed = 60

  /// Holds names against what Jira has. Pure.
  ///
  /// - Returns: the names that nobody has, as far as all could be asked; and what is worth knowing of
  ///   the others.
  static func judge(_ names: [MappingName], _ sources: [NameSource]) -> (
    refusals: [Problem.FieldError], warnings: [String]
  ) {
    var refusals: [Problem.FieldError] = []
    var warnings: [String] = []
    for name in names {
      let asked = sources.filter { $0.kind == name.kind }
      let known = asked.filter { $0.names != nil }
      let called = "the \(name.kind.rawValue) '\(name.name)'"
      if known.contains(where: { $0.has(name.name) }) {
        guard name.isTarget else { continue }
        warnings += known.filter { !$0.has(name.name) }.map {
          "\($0.title) does not have \(called): its tickets cannot be moved there."
        }
      } else if let unasked = asked.first(where: { $0.names == nil }) {
        warnings.append("Whether Jira has \(called) is not known. \(unasked.failure ?? "")")
      } else if known.isEmpty {
        warnings.append("There is no Jira project yet that could have \(called).")
      } else {
        refusals.append(.init(pointer: name.pointer, detail: refusal(called, known)))
      }
    }
    return (refusals, warnings)
  }

  private static func refusal(_ called: String, _ sources: [NameSource]) -> String {
    var names: [String] = []
    for name in sources.flatMap({ $0.names ?? [] }) where !names.contains(name) {
      names.append(name)
    }
    let listed = names.prefix(mostListed).joined(separator: ", ")
    let who =
      sources.count == 1 ? sources[0].title : "None of \(sources.count) Jira projects or sites"
    let verb = sources.count == 1 ? "does not have" : "has"
    return "\(who) \(verb) \(called); there are: \(listed)\(names.count > mostListed ? ", …" : "")."
  }
}
