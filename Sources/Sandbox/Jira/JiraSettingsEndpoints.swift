import HTTPServer
import HTTPTypes
package import RESTClient
import Synchronization

/// What an administrator changes of the site and its projects. See docs/sandbox.md.
struct JiraSettingsEndpoints: Sendable {
  let sandbox: JiraSandbox

  func register(in router: inout Router) {
    router.on(.post, "/sandbox/settings", change)
    router.on(.post, "/sandbox/projects/{key}/settings", changeProject)
    router.on(.post, "/sandbox/issues/{key}/visibility", changeVisibility)
  }

  /// `{"language":"ru"}`, `{"bulk_change":false}`, `{"subtask_types":["Bug"]}`.
  private func change(_ request: Request) async throws -> Response {
    let body = try await request.json()
    if let language = body?["language"]?.stringValue { sandbox.settings.language = language }
    if case .bool(let may)? = body?["bulk_change"] { sandbox.settings.mayChangeInBulk = may }
    if let page = body?["metadata_page"]?.wholeNumber { sandbox.settings.maxMetadataPage = page }
    if let names = body?["subtask_types"]?.arrayValue {
      let ids = JiraCatalog.types.filter { names.contains(.string($0.name)) }.map(\.id)
      sandbox.settings.subtaskTypes = Set(ids)
    }
    return .noContent
  }

  /// `{"types":["Epic","Bug"]}`, `{"off_screen":["labels"]}`, `{"hides_new_issues":true}`,
  /// `{"refuses_properties":true}`.
  private func changeProject(_ request: Request) async throws -> Response {
    let project = try JiraProjectEndpoints.find(request.parameters["key"] ?? "", sandbox)
    let body = try await request.json()
    if let names = body?["types"]?.arrayValue {
      let ids = JiraCatalog.types.filter { names.contains(.string($0.name)) }.map(\.id)
      sandbox.settings.types[project.id] = ids
    }
    sandbox.state.withLock { state in
      if let names = body?["off_screen"]?.arrayValue {
        state.projects[project.id]?.offScreen = Set(names.compactMap(\.stringValue))
      }
      if case .bool(let hides)? = body?["hides_new_issues"] {
        state.projects[project.id]?.hidesNewIssues = hides
      }
      if case .bool(let refuses)? = body?["refuses_properties"] {
        state.projects[project.id]?.refusesProperties = refuses
      }
    }
    return .noContent
  }

  /// `{"hidden":true}`: a security level hides the ticket from the account that programs use.
  private func changeVisibility(_ request: Request) async throws -> Response {
    let issue = try JiraIssueEndpoints.find(request, sandbox)
    let isHidden = try await request.json()?["hidden"] == .bool(true)
    sandbox.state.withLock { $0.issues[issue.id]?.isHidden = isHidden }
    return .noContent
  }
}

extension JiraSandbox {
  static let maxCreations = 200

  func noteCreation(_ body: [UInt8]) {
    state.withLock { state in
      if state.creations.count == Self.maxCreations { state.creations.removeFirst() }
      state.creations.append(body)
    }
  }

  /// The bodies of the last requests that create issues, as they came.
  package var creations: [[UInt8]] { state.withLock { $0.creations } }

  /// Labels of a ticket; nil when there is none with this key.
  package func labels(of key: String) -> [String]? { state.withLock { $0.issue(key)?.labels } }

  /// Properties of a ticket.
  package func properties(of key: String) -> [String: JSONValue] {
    state.withLock { $0.issue(key)?.properties ?? [:] }
  }

  /// Keys of the tickets with a remote link of this global id.
  package func issueKeys(globalID: String) -> [String] {
    state.withLock { state in
      state.remoteLinks.filter { $0.value.contains { $0.globalID == globalID } }
        .compactMap { state.issues[$0.key]?.key }.sorted()
    }
  }

  /// As a person deletes them.
  package func removeRemoteLinks(of key: String) {
    state.withLock { state in
      if let issue = state.issue(key) { state.remoteLinks[issue.id] = nil }
    }
  }

  /// New issues whose descriptions hold this are refused; empty is none.
  package var refusedWords: String {
    get { settings.refusedWords }
    set { settings.refusedWords = newValue }
  }

  /// Global ids of a ticket's remote links.
  package func globalIDs(of key: String) -> [String] {
    state.withLock { state in
      state.issue(key).flatMap { state.remoteLinks[$0.id] }?.compactMap(\.globalID) ?? []
    }
  }
}
