/// A status of a workflow.
struct WorkflowStatus: Sendable, Equatable {
  var id: String
  var name: String
  /// `new`, `indeterminate` or `done`.
  var category: String
}

/// A workflow: which transitions lead from where to where.
package struct Workflow: Sendable {
  struct Transition: Sendable {
    var id: String
    var name: String
    /// nil: from anywhere.
    var from: String?
    var to: String
    /// Fields that its screen requires.
    var required: [String] = []
  }

  /// How people call it, in settings.
  package let name: String
  var statuses: [WorkflowStatus]
  var transitions: [Transition]

  func status(_ id: String) -> WorkflowStatus {
    statuses.first { $0.id == id } ?? statuses[0]
  }

  /// The transitions that lead from a status.
  func transitions(from status: String) -> [Transition] {
    transitions.filter { $0.from == nil || $0.from == status }
  }

  /// To Do, In Progress, Done, each from anywhere.
  package static let simple = Workflow(
    name: "simple",
    statuses: [
      WorkflowStatus(id: "10000", name: "To Do", category: "new"),
      WorkflowStatus(id: "3", name: "In Progress", category: "indeterminate"),
      WorkflowStatus(id: "10001", name: "Done", category: "done"),
    ],
    transitions: [
      Transition(id: "11", name: "To Do", to: "10000"),
      Transition(id: "21", name: "In Progress", to: "3"),
      Transition(id: "31", name: "Done", to: "10001"),
    ])

  /// Done takes three steps, and the last one asks for a resolution.
  package static let reviewed = Workflow(
    name: "reviewed",
    statuses: [
      WorkflowStatus(id: "10010", name: "Open", category: "new"),
      WorkflowStatus(id: "10011", name: "In Development", category: "indeterminate"),
      WorkflowStatus(id: "10012", name: "In Review", category: "indeterminate"),
      WorkflowStatus(id: "10013", name: "Closed", category: "done"),
    ],
    transitions: [
      Transition(id: "41", name: "Start", from: "10010", to: "10011"),
      Transition(id: "42", name: "Send to review", from: "10011", to: "10012"),
      Transition(id: "43", name: "Close", from: "10012", to: "10013", required: ["resolution"]),
      Transition(id: "44", name: "Reject", from: "10012", to: "10011"),
      Transition(id: "45", name: "Reopen", from: "10013", to: "10010"),
    ])

  /// Done asks for a resolution and for a text that only a person can write; there are two ways to
  /// be done.
  package static let audited = Workflow(
    name: "audited",
    statuses: [
      WorkflowStatus(id: "10020", name: "Reported", category: "new"),
      WorkflowStatus(id: "10021", name: "Under Analysis", category: "indeterminate"),
      WorkflowStatus(id: "10022", name: "Fixed", category: "done"),
      WorkflowStatus(id: "10023", name: "Rejected", category: "done"),
    ],
    transitions: [
      Transition(id: "51", name: "Analyse", from: "10020", to: "10021"),
      Transition(
        id: "52", name: "Fix", from: "10021", to: "10022",
        required: ["resolution", JiraFieldCatalog.rootCause]),
      Transition(id: "53", name: "Reject", from: "10020", to: "10023", required: ["resolution"]),
      Transition(id: "54", name: "Reopen", from: "10022", to: "10021"),
      Transition(id: "55", name: "Reopen", from: "10023", to: "10020"),
    ])

  /// Done takes three steps, and of the two first ones one leads nowhere.
  package static let detoured = Workflow(
    name: "detoured",
    statuses: [
      WorkflowStatus(id: "10030", name: "Open", category: "new"),
      WorkflowStatus(id: "10031", name: "On Hold", category: "indeterminate"),
      WorkflowStatus(id: "10032", name: "In Development", category: "indeterminate"),
      WorkflowStatus(id: "10033", name: "In Review", category: "indeterminate"),
      WorkflowStatus(id: "10034", name: "Released", category: "done"),
    ],
    transitions: [
      Transition(id: "61", name: "Hold", from: "10030", to: "10031"),
      Transition(id: "62", name: "Start", from: "10030", to: "10032"),
      Transition(id: "63", name: "Send to review", from: "10032", to: "10033"),
      Transition(id: "64", name: "Release", from: "10033", to: "10034"),
      Transition(id: "65", name: "Resume", from: "10031", to: "10030"),
      Transition(id: "66", name: "Reopen", from: "10034", to: "10030"),
    ])

  /// Two transitions lead to Done, and the first of them requires a resolution; the names are not English.
  package static let forked = Workflow(
    name: "forked",
    statuses: [
      WorkflowStatus(id: "10040", name: "Offen", category: "new"),
      WorkflowStatus(id: "10041", name: "In Arbeit", category: "indeterminate"),
      WorkflowStatus(id: "10042", name: "Fertig", category: "done"),
      WorkflowStatus(id: "10043", name: "Verworfen", category: "done"),
    ],
    transitions: [
      Transition(id: "71", name: "Schließen", to: "10042", required: ["resolution"]),
      Transition(id: "72", name: "Fertigstellen", to: "10042"),
      Transition(id: "73", name: "Beginnen", to: "10041"),
      Transition(id: "74", name: "Öffnen", to: "10040"),
      Transition(
        id: "75", name: "Verwerfen", to: "10043", required: [JiraFieldCatalog.rootCause]),
    ])

  package static let all = [simple, reviewed, audited, detoured, forked]
}
