import Foundation
import HTTPServer
import JobQueue
package import Logging
import Postgres
import RESTClient
import Reactors
package import ServiceLifecycle

/// Everything a process holds open, in the order it must be closed.
package struct Runtime: Sendable {
  package let services: Services
  package var isPrivate: Bool { database.isPrivate }
  private let database: DatabaseHandle
  private let pool: PostgresPool
  private let reactors: ReactorGroup
  private let logger: Logger

  /// Opens the database, brings its schema up to date and builds the services.
  package static func start(_ configuration: Configuration, logger: Logger) async throws -> Runtime
  {
    let database = try await DatabaseHandle.open(configuration)
    do {
      return try await start(configuration, database, logger)
    } catch {
      await database.close()
      throw error
    }
  }

  private static func start(
    _ configuration: Configuration, _ database: DatabaseHandle, _ logger: Logger
  ) async throws -> Runtime {
    var settings = PostgresConfiguration(conninfo: database.conninfo)
    settings.writeConnections = configuration.databaseConnections
    settings.logger = logger
    let applied = try await Migrator(directory: configuration.migrationsDirectory).migrate(settings)
    for migration in applied {
      logger.info("migration.applied", metadata: ["file": "\(migration.fileName)"])
    }
    let reactors = try ReactorGroup(count: max(1, ProcessInfo.processInfo.activeProcessorCount))
    let pool = PostgresPool(configuration: settings, reactors: reactors)
    try await pool.start()
    let secretKey =
      try configuration.secretKey ?? KeyFile.loadOrCreate(in: configuration.dataDirectory)
    let publicURL =
      configuration.publicURL ?? "http://\(configuration.host):\(configuration.port)"
    let services = try Services(
      configuration: configuration, secretKey: secretKey, publicURL: publicURL, pool: pool,
      transport: try CurlTransport(policy: configuration.vendorHosts), logger: logger)
    return Runtime(
      services: services, database: database, pool: pool, reactors: reactors, logger: logger)
  }

  /// The long-running parts, in the order in which they depend on each other.
  package func serving() throws -> [any Service] {
    let application = Application(services: services)
    let configuration = services.configuration
    var limits = Limits()
    limits.maxConnections = FileDescriptorLimit.connections(wanted: limits.maxConnections)
    let server = try Server(
      configuration: ServerConfiguration(
        host: configuration.host, port: configuration.port, limits: limits,
        reservedPaths: HealthRoutes.paths),
      reactors: reactors, handler: application.respond, errorResponder: application.refuse)
    logger.info(
      "server.listening",
      metadata: ["host": "\(configuration.host)", "port": "\(server.port)"])
    let serving = ServerService(server: server)
    guard configuration.workers > 0 else { return [serving] }
    var worker = WorkerConfiguration(concurrency: configuration.workers)
    worker.logger = logger
    worker.retention = configuration.retention.jobs
    return [
      WorkerService(
        worker: Worker(
          pool: pool, registry: Jobs.registry(services), periodic: Jobs.periodic(services),
          configuration: worker)), serving,
    ]
  }

  package func stop() async {
    await pool.close()
    reactors.shutdown()
    await database.close()
  }
}

/// Serves until the process is asked to end, then lets requests in flight finish.
struct ServerService: Service {
  /// For requests in flight.
  static let grace: Duration = .seconds(10)

  let server: Server

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await server.run()
    } onGracefulShutdown: {
      server.stop(grace: Self.grace)
    }
  }
}

/// Works on jobs until the process is asked to end; unfinished ones go back to the queue.
struct WorkerService: Service {
  let worker: Worker

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await worker.run() }
  }
}
