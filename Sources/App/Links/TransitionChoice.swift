import JiraClient
import RESTClient

/// Which of the offered transitions leads to where a ticket should go. Pure.
enum TransitionChoice {
  /// - Parameters:
  ///   - done: whether the ticket should be completed, or go back to an open status.
  ///   - visited: statuses passed on the way; a path never goes through one again.
  /// - Returns: a transition straight to the goal; else one to another status on the way there; nil
  ///   when there is none. A transition that asks for no fields goes before one that does.
  static func choose(_ offered: [JiraTransition], done: Bool, visited: Set<String>)
    -> JiraTransition?
  {
    let fresh = offered.filter { !visited.contains($0.to.id) }
    let straight = fresh.filter { ($0.to.categoryKey == "done") == done }
    let simple: (JiraTransition) -> Bool = { $0.fields.allSatisfy { !$0.value.required } }
    if !done {
      let toDo = straight.filter { $0.to.categoryKey == "new" }
      return toDo.first(where: simple) ?? straight.first(where: simple) ?? straight.first
    }
    if let choice = straight.first(where: simple) ?? straight.first { return choice }
    let onTheWay = fresh.filter { $0.to.categoryKey == "indeterminate" }
    return onTheWay.first(where: simple) ?? onTheWay.first
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
