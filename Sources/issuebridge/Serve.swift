import App
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Runs the service.")

  @Option(help: "Address to listen on (ISSUEBRIDGE_HOST).")
  var host: String?
  @Option(help: "Port to listen on, 0 for any free one (ISSUEBRIDGE_PORT).")
  var port: Int?
  @Option(help: "Jobs done at the same time, 0 to only serve (ISSUEBRIDGE_WORKERS).")
  var workers: Int?
  @Option(help: "Folder of the private PostgreSQL and the secret key (ISSUEBRIDGE_DATA_DIR).")
  var dataDir: String?

  func validate() throws {
    guard (0...65_535).contains(port ?? 0) else {
      throw ValidationError("--port must be 0 to 65535.")
    }
    guard (0...200).contains(workers ?? 0) else {
      throw ValidationError("--workers must be 0 to 200.")
    }
  }

  func run() async throws {
    var configuration = try Process.configuration()
    if let host { configuration.host = host }
    if let port { configuration.port = port }
    if let workers { configuration.workers = workers }
    if let dataDir { configuration.dataDirectory = URL(filePath: dataDir) }
    let logger = Process.logger(configuration)
    let runtime = try await Runtime.start(configuration, logger: logger)
    do {
      let services = try runtime.serving()
      let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: services.map {
            .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
          },
          gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
      try await group.run()
    } catch {
      await runtime.stop()
      throw error
    }
    await runtime.stop()
  }
}
