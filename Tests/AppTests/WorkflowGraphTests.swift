import Foundation
import JiraClient
import RESTClient
import Testing

@testable import App

@Suite struct WorkflowGraphTests {
  private static let categories = [
    "Open": "new", "Triage": "new", "Dev": "indeterminate", "Hold": "indeterminate",
    "Review": "indeterminate", "Done": "done", "Rejected": "done", "Closed": "done",
  ]

  private static func place(_ name: String) -> WorkflowStep.Place {
    WorkflowStep.Place(id: name, name: name, category: categories[name] ?? "undefined")
  }

  /// - Parameter text: statuses with what they offer, as `Open:Dev,Hold! Dev:`; `!` asks for a field.
  private static func graph(_ text: String) -> WorkflowGraph {
    var graph = WorkflowGraph()
    for part in text.split(separator: " ") {
      let sides = part.split(separator: ":", omittingEmptySubsequences: false)
      graph.learn(
        String(sides[0]),
        sides[1].split(separator: ",").map { name in
          let to = String(name.filter { $0 != "!" })
          return WorkflowStep(
            id: "\(sides[0])-\(to)", name: "to \(to)", to: place(to),
            asks: name.hasSuffix("!") ? ["customfield_1": "Cause"] : [:])
        })
    }
    return graph
  }

  private static func names(_ route: [WorkflowStep]?) -> String? {
    route?.map(\.to.name).joined(separator: ">")
  }

  @Test(
    arguments: [
      // The shortest one, whatever is offered first.
      ("Open:Hold,Dev Hold:Open Dev:Review Review:Done", "Open", "done", "Dev>Review>Done"),
      ("Open:Dev,Triage Triage:Done Dev:Review Review:Done", "Open", "done", "Triage>Done"),
      ("Open:Dev,Done Dev:Done", "Open", "done", "Done"),
      // Not through a completed status on the way to another.
      (
        "Open:Rejected,Dev Rejected:Closed Dev:Review Review:Closed", "Open", "status:Closed",
        "Dev>Review>Closed"
      ),
      ("Open:Rejected Rejected:Closed", "Open", "status:closed", nil),
      // From a completed one on it is.
      ("Closed:Open,Dev", "Closed", "open", "Open"), ("Closed:Dev,Open", "Closed", "open", "Open"),
      ("Closed:Dev Dev:Open", "Closed", "open", "Dev"),
      ("Closed:Dev Dev:Open", "Closed", "new", "Dev>Open"),
      // A circle ends; what was never looked at leads nowhere known.
      ("Open:Dev Dev:Open,Dev", "Open", "done", nil), ("Open:Dev", "Open", "done", nil),
      ("", "Open", "done", nil),
      // A step that asks for something is none, where another way can be had.
      ("Open:Done!,Dev Dev:Done", "Open", "done", "Dev>Done"),
      ("Open:Dev Dev:Done!", "Open", "done", nil),
    ] as [(String, String, String, String?)])
  func `the shortest way`(_ text: String, _ from: String, _ target: String, _ way: String?) throws {
    let target = try #require(StatusMapping.JiraTarget(target))
    let route = Self.graph(text).route(
      from: Self.place(from), to: target, passed: [], asking: false)
    #expect(Self.names(route) == way)
  }

  @Test func `a way that asks is found when it may ask, and no passed status is entered again`() {
    let graph = Self.graph("Open:Dev Dev:Done!,Review Review:Hold Hold:Closed")
    let asking = graph.route(
      from: Self.place("Open"), to: .category("done"), passed: [], asking: true)
    #expect(Self.names(asking) == "Dev>Done")
    let free = graph.route(
      from: Self.place("Open"), to: .category("done"), passed: [], asking: false)
    #expect(Self.names(free) == "Dev>Review>Hold>Closed")
    let passed = graph.route(
      from: Self.place("Open"), to: .category("done"), passed: ["Review"], asking: false)
    #expect(passed == nil)
  }

  @Test(
    arguments: [
      ("Open:Triage,Hold,Dev", "Open", "done", "Hold Dev Triage"),
      ("Open:Dev Dev:Review,Open", "Open", "done", "Dev>Review"),
      // Work under way does not begin anew to be done.
      ("Dev:Open,Review", "Dev", "done", "Review"),
      ("Dev:Open,Review", "Dev", "status:Triage", "Review Open"),
      ("Open:Rejected,Dev!", "Open", "status:Closed", ""), ("Open:Dev Dev:", "Open", "done", ""),
    ])
  func `what is not known yet, the nearest first`(
    _ text: String, _ from: String, _ target: String, _ ways: String
  ) throws {
    let target = try #require(StatusMapping.JiraTarget(target))
    let frontier = Self.graph(text).frontier(from: Self.place(from), to: target, passed: [])
    #expect(frontier.compactMap(Self.names).joined(separator: " ") == ways)
  }

  @Test(
    arguments: [
      // The resolution that means done; else the only one there is.
      (
        #"{"resolution":F"allowedValues":[{"id":"1","name":"Won't Do"},{"id":"2","name":"Fixed"}]}}"#,
        #"{"resolution":{"id":"2"}}"#, ""
      ),
      (
        #"{"resolution":F"allowedValues":[{"id":"1","name":"Erledigt"}]}}"#,
        #"{"resolution":{"id":"1"}}"#, ""
      ),
      (
        #"{"resolution":F"allowedValues":[{"id":"1","name":"A"},{"id":"2","name":"B"}]}}"#, "{}",
        "The field"
      ),
      // Of others the default, the only value, or nothing.
      (
        #"{"customfield_1":F"defaultValue":{"id":"7","self":"x"}}}"#,
        #"{"customfield_1":{"id":"7"}}"#, ""
      ),
      (#"{"customfield_1":F"hasDefaultValue":true}}"#, "{}", ""),
      (
        #"{"fixVersions":F"schema":{"type":"array"},"allowedValues":[{"id":"3","name":"1.0"}]}}"#,
        #"{"fixVersions":[{"id":"3"}]}"#, ""
      ),
      (
        #"{"customfield_1":F"allowedValues":[{"id":"1","name":"Done"},{"id":"2","name":"B"}]}}"#,
        "{}", "The field"
      ),
      (#"{"customfield_1":F"schema":{"type":"string"}}}"#, "{}", "The field"),
      (#"{"customfield_1":{"key":"customfield_1","name":"x","required":false}}"#, "{}", ""),
    ])
  func `what a transition requires is answered where there is one right answer`(
    _ fields: String, _ values: String, _ asks: String
  ) throws {
    let head = #"{"key":"k","name":"The field","required":true,"#
    let text =
      #"{"id":"5","name":"Close","to":{"id":"1","name":"Done"},"fields":"#
      + fields.replacing("F\"", with: head + "\"") + "}"
    let transition = try JSONDecoder().decode(JiraTransition.self, from: Data(text.utf8))
    let answers = TransitionAnswers(transition, resolution: nil)
    #expect(JSONValue.object(answers.values) == (try JSONValue(parsing: Array(values.utf8))))
    #expect(answers.asks.values.joined() == asks)
  }
}
