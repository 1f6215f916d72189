import JiraClient
import RESTClient

/// Which of the offered transitions leads to where a ticket should go. Pure.
enum TransitionChoice {
  /// - Parameter visited: statuses passed on the way; a path never goes through one again.
  /// - Returns: a transition straight to the goal; else one to another status on the way there; nil
  ///   when there is none. A transition that asks for no fields goes before one that does.
  static func choose(
    _ offered: [JiraTransition], to target: StatusMapping.JiraTarget, visited: Set<String>
  ) -> JiraTransition? {
    let fresh = offered.filter { !visited.contains($0.to.id) }
    let straight = fresh.filter {
      target.isMet(status: $0.to.name, category: $0.to.categoryKey)
    }
    if target == .open, let toDo = straight.first(where: { isSimple($0) && isNew($0) }) {
      return toDo
    }
    if let choice = straight.first(where: isSimple) ?? straight.first { return choice }
    // Back to work there is no way round; to a status further on it may take several steps.
    guard target != .open else { return nil }
    let onTheWay = fresh.filter { $0.to.categoryKey == "indeterminate" }
    let others = target.isDone ? onTheWay : onTheWay + fresh.filter(isNew)
    return others.first(where: isSimple) ?? others.first
  }

  private static func isSimple(_ transition: JiraTransition) -> Bool {
    transition.fields.allSatisfy { !$0.value.required || $0.value.hasDefaultValue }
  }

  private static func isNew(_ transition: JiraTransition) -> Bool {
    transition.to.categoryKey == "new"
  }

  /// Values for the fields a transition requires: the first allowed value of each.
  ///
  /// - Returns: nil when a required field has no allowed values to choose from.
  static func fields(of transition: JiraTransition) -> [String: JSONValue]? {
    var fields: [String: JSONValue] = [:]
    for (key, field) in transition.fields where field.required && !field.hasDefaultValue {
      guard let first = preferred(field) else { return nil }
      fields[key] = first
    }
    return fields
  }

  private static func preferred(_ field: JiraField) -> JSONValue? {
    let named = { (name: String) in
      field.allowedValues.first { $0["name"] == .string(name) }
    }
    guard let value = named("Done") ?? named("Fixed") ?? field.allowedValues.first else {
      return nil
    }
    guard case .object(let object)? = Optional(value), let id = object["id"] else { return value }
    return .object(["id": id])
  }
}

extension StatusMapping.JiraTarget {
  fileprivate var isDone: Bool { self == .category("done") }
}
