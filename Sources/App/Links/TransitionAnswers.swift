import JiraClient
import RESTClient

/// What can be said to the fields that a transition requires without asking anybody. Pure.
struct TransitionAnswers: Sendable, Equatable {
  /// Resolutions that say what a resolved error means, by preference, in lower case.
  private static let resolutions = ["done", "fixed", "resolved", "completed", "complete"]

  /// To send with the transition, by the fields' keys. A field with a default of Jira's is left out.
  var values: [String: JSONValue] = [:]
  /// Names, by their keys, of the fields for which there is no one right answer.
  var asks: [String: String] = [:]

  /// - Parameter resolution: the one that the mapping names; nil: it names none.
  init(_ transition: JiraTransition, resolution: StatusMapping.JiraName?) {
    for (key, field) in transition.fields where field.required {
      let configured = key == "resolution" ? Self.value(resolution, of: field) : nil
      if let value = configured ?? field.defaultValue ?? Self.answer(key, field) {
        values[key] = Self.reference(value)
      } else if !field.hasDefaultValue {
        asks[key] = field.name
      }
    }
  }

  /// What the mapping names, where the screen allows it.
  private static func value(_ wanted: StatusMapping.JiraName?, of field: JiraField) -> JSONValue? {
    guard let wanted else { return nil }
    return field.allowedValues.first { $0["id"]?.stringValue == wanted.id }
      ?? field.allowedValues.first {
        $0["name"]?.stringValue?.lowercased() == wanted.name.lowercased()
      }
  }

  /// The resolution that means done, or the only value that is allowed.
  private static func answer(_ key: String, _ field: JiraField) -> JSONValue? {
    guard !field.hasDefaultValue else { return nil }
    let named = resolutions.lazy.compactMap { name in
      field.allowedValues.first { $0["name"]?.stringValue?.lowercased() == name }
    }.first
    let only = field.allowedValues.count == 1 ? field.allowedValues.first : nil
    guard let value = (key == "resolution" ? named : nil) ?? only else { return nil }
    return field.type == "array" ? .array([value]) : value
  }

  /// What Jira calls a value is sent as its id.
  private static func reference(_ value: JSONValue) -> JSONValue {
    if let items = value.arrayValue { return .array(items.map(reference)) }
    for name in ["id", "accountId"] {
      if let id = value[name] { return .object([name: id]) }
    }
    return value
  }
}

extension WorkflowStep {
  init(_ transition: JiraTransition, resolution: StatusMapping.JiraName?) {
    self.init(
      id: transition.id, name: transition.name, to: Place(transition.to),
      asks: TransitionAnswers(transition, resolution: resolution).asks)
  }
}

extension WorkflowStep.Place {
  init(_ status: JiraStatus) {
    self.init(id: status.id, name: status.name, category: status.categoryKey)
  }
}
