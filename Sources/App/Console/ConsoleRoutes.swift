import Foundation
import HTTPServer
import HTTPTypes

/// The console's files, the documentation's page and the document of the API.
struct ConsoleRoutes: Sendable {
  private let console: StaticFiles
  private let assets: StaticFiles
  private let document: StaticFiles
  private let documentName: String

  init(configuration: Configuration) {
    console = StaticFiles(folder: configuration.consoleDirectory)
    assets = StaticFiles(folder: configuration.assetsDirectory)
    document = StaticFiles(folder: configuration.openAPIFile.deletingLastPathComponent())
    documentName = configuration.openAPIFile.lastPathComponent
  }

  func register(in routes: inout RouteTable) {
    routes.open(.get, "/", index)
    routes.open(.get, "/console/{folder}/{file}", file)
    routes.open(.get, "/docs", documentation)
    routes.open(.get, "/openapi.yaml", openAPI)
  }

  private func index(_ request: Request) async throws -> Response {
    try await page("index.html", request, SecurityFields.console)
  }

  private func documentation(_ request: Request) async throws -> Response {
    try await page("docs.html", request, SecurityFields.documentation)
  }

  private func page(_ name: String, _ request: Request, _ fields: HTTPFields) async throws
    -> Response
  {
    guard let file = try await console.file(name) else {
      throw Problem(
        404, "console-missing", "Not found",
        "The console's files are not installed; set ISSUEBRIDGE_CONSOLE_DIR to the folder Console.")
    }
    return file.response(to: request).adding(fields)
  }

  /// What others made lies in a folder of its own, `vendor`, filled by scripts/bootstrap.
  private func file(_ request: Request) async throws -> Response {
    let folder = request.parameters["folder"] ?? ""
    let name = request.parameters["file"] ?? ""
    let file =
      folder == "vendor" ? try await assets.file(name) : try await console.file(folder, name)
    guard let file else { throw Problem.notFound("file \(request.path)") }
    return file.response(to: request).adding(SecurityFields.file)
  }

  private func openAPI(_ request: Request) async throws -> Response {
    guard let file = try await document.file(documentName) else {
      throw Problem.notFound("openapi.yaml beside the service")
    }
    return file.response(to: request).adding(SecurityFields.file)
  }
}

extension Response {
  fileprivate func adding(_ fields: HTTPFields) -> Response {
    var response = self
    response.headerFields.append(contentsOf: fields)
    return response
  }
}
