import Foundation
import JiraClient
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// Types and priorities are chosen by id; names are for people and follow the account's language.
@Suite struct TicketTypeTests {
  private func types(_ json: JSONValue) throws -> [JiraIssueType] {
    try JSONDecoder().decode([JiraIssueType].self, from: Data(json.encoded()))
  }

  private static let project = StoredJiraProject(
    id: 1, organizationID: 1, jiraID: 10_001, key: "WEB", syncEnabled: true)

  private static let epic: JSONValue = [
    "id": "10000", "name": "Эпик", "untranslatedName": "Epic", "hierarchyLevel": 1,
    "subtask": false,
  ]
  private static let bug: JSONValue = [
    "id": "10004", "name": "Ошибка", "untranslatedName": "Bug", "hierarchyLevel": 0,
    "subtask": false,
  ]
  private static let task: JSONValue = [
    "id": "10002", "name": "Задача", "untranslatedName": "Task", "hierarchyLevel": 0,
    "subtask": false,
  ]
  private static let part: JSONValue = [
    "id": "10003", "name": "Подзадача", "untranslatedName": "Sub-task", "hierarchyLevel": -1,
    "subtask": true,
  ]
  private static let wish: JSONValue = ["id": "10009", "name": "Wunsch", "subtask": false]

  @Test(
    arguments: [
      ([epic, bug], nil, "10004"), ([epic, task, part], nil, "10002"),
      ([part, epic, wish], nil, "10009"), ([epic, bug], "Bug", "10004"),
      ([epic, bug], "ошибка", "10004"), ([epic, bug], "10000", "10000"),
      ([epic, bug], "Epic", "10000"), ([part, bug], "Sub-task", "10003"),
    ] as [([JSONValue], String?, String)])
  func `the type is the one asked for in any language, else a standard one`(
    offered: [JSONValue], requested: String?, id: String
  ) throws {
    let types = try types(.array(offered))
    let choice = IssueTypeChoice(requested: requested)
    #expect(try choice.type(among: types, of: Self.project).id == id)
  }

  @Test func `no standard type and an unknown one are refused in words that are true`() throws {
    let types = try types([Self.epic, Self.part])
    #expect(throws: Problem.self) { try IssueTypeChoice().type(among: types, of: Self.project) }
    let unknown = #expect(throws: Problem.self) {
      try IssueTypeChoice(requested: "Wish").type(among: types, of: Self.project)
    }
    #expect(unknown?.detail.contains("it has Эпик, Подзадача") == true)
  }

  @Test func `a default is kept by its id, and named when it is gone or became a sub-task`()
    throws
  {
    var project = Self.project
    (project.defaultIssueType, project.defaultIssueTypeID) = ("Aufgabe", "10002")
    let choice = IssueTypeChoice()
    #expect(
      try choice.type(among: types([Self.bug, Self.task]), of: project).id == "10002")
    for offered: JSONValue in [
      [Self.bug, Self.epic],
      [Self.bug, ["id": "10002", "name": "Aufgabe", "hierarchyLevel": -1, "subtask": true]],
    ] {
      let refused = #expect(throws: Problem.self) {
        try choice.type(among: types(offered), of: project)
      }
      #expect(refused?.status == 409)
      #expect(refused?.detail.contains("`default_issue_type` 'Aufgabe'") == true)
      #expect(refused?.detail.contains("it has Ошибка") == true)
      #expect(refused?.fieldErrors.isEmpty == true)
    }
  }

  @Test func `on a site in another language tickets are Bugs, not Epics`() async throws {
    try await TestService.with { service in
      try await service.connect()
      try await service.act(.jira, "settings", ["language": "ru"])
      try await service.act(.jira, "projects/WEB/settings", ["types": ["Epic", "Bug"]])
      let errors = try await service.openErrors(3)
      let variants: [[String: JSONValue]] = [
        [:], ["issue_type": "Bug"], ["issue_type": "Ошибка"],
      ]
      for (error, more) in zip(errors, variants) {
        let made = try await service.createTicket(error, more)
        #expect(made.status == 201, "\(made.json)")
        #expect(made.text("jira_issue", "issue_type") == "Ошибка")
      }
    }
  }

  @Test func `a default type and priority survive a change of the account's language`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      try await service.act(.jira, "settings", ["language": "de"])
      let project = try await service.project("WEB")
      let patched = try await service.call(
        "PATCH", "/jira-projects/\(project)",
        ["default_issue_type": "Aufgabe", "default_priority": "Hoch"])
      #expect(patched.status == 200, "\(patched.json)")
      #expect(patched.text("default_issue_type") == "Aufgabe")
      let metadata = try await service.call("GET", "/jira-projects/\(project)/create-metadata")
      #expect(metadata.text("default_issue_type_id") == "10002")
      #expect(metadata.text("default_priority_id") == "2")
      try await service.act(.jira, "settings", ["language": "en"])
      service.services.createMetadata.forgetAll()
      let errors = try await service.openErrors(3)
      let made = try await service.createTicket(errors[0])
      #expect(made.text("jira_issue", "issue_type") == "Task")
      #expect(made.text("jira_issue", "priority") == "High")
      let batch = try await service.call(
        "POST", "/jira-tickets",
        ["jira_project_id": JSONValue(project), "sentry_issue_ids": [JSONValue(errors[1])]])
      try await eventually("the batch ends") {
        try await service.call("GET", "/ticket-batches/\(batch.id("id"))").text("status")
          == "succeeded"
      }
      try await service.act(.jira, "projects/WEB/settings", ["types": ["Bug", "Epic"]])
      service.services.createMetadata.forgetAll()
      let refused = try await service.createTicket(errors[2])
      #expect(refused.status == 409)
      #expect(refused.text("detail").contains("`default_issue_type` 'Aufgabe'"))
      #expect(refused.text("conflicting", "url") == "/api/v1/jira-projects/\(project)")
    }
  }

  @Test func `a default that Jira does not know is refused before it exists`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let project = try await service.project("WEB")
      for (field, value) in [
        ("default_issue_type", "Wish"), ("default_issue_type", "Sub-task"),
        ("default_priority", "Enormous"),
      ] {
        let refused = try await service.call(
          "PATCH", "/jira-projects/\(project)", [field: .string(value)])
        #expect(refused.status == 422)
        #expect(refused.json["errors"]?.arrayValue?.first?["pointer"] == .string("/\(field)"))
      }
    }
  }

  @Test func `a sub-task is created below its parent, and refused truthfully without one`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let errors = try await service.openErrors(2)
      let refused = try await service.createTicket(errors[0], ["issue_type": "Sub-task"])
      #expect(refused.status == 422)
      #expect(refused.text("detail").contains("is a sub-task type: give its parent"))
      let made = try await service.createTicket(
        errors[0], ["issue_type": "Sub-task", "fields": ["parent": ["key": "WEB-1"]]])
      #expect(made.status == 201, "\(made.json)")
      #expect(made.text("jira_issue", "issue_type") == "Sub-task")
    }
  }

  @Test func `create-metadata is read over all its pages`() async throws {
    try await TestService.with { service in
      try await service.connect()
      try await service.act(.jira, "settings", ["metadata_page": 2])
      let made = try await service.createTicket(
        try await service.openError(), ["issue_type": "Epic", "priority": "Low"])
      #expect(made.status == 201, "\(made.json)")
      #expect(made.text("jira_issue", "priority") == "Low")
    }
  }

  @Test func `what is remembered of the create screen is read again when Jira refuses it`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let errors = try await service.openErrors(2)
      #expect(try await service.createTicket(errors[0]).status == 201)
      try await service.act(.jira, "projects/WEB/settings", ["off_screen": ["labels"]])
      let made = try await service.createTicket(errors[1])
      #expect(made.status == 201, "\(made.json)")
      #expect(made.json["jira_issue"]?["labels"] == [])
    }
  }
}
