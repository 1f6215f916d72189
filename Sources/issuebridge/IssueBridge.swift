import App
import ArgumentParser
import Foundation

@main
struct IssueBridge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issuebridge",
    abstract: "Keeps Jira Cloud and Sentry in step around your products.",
    version: "0.1.0",
    subcommands: [
      Serve.self, Migrate.self, Sync.self, Reconcile.self, TokenCommand.self, SandboxCommand.self,
      Doctor.self,
    ])

  /// Wrong usage ends with 2, as documented, where the argument parser's own code is 64.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asyncCommand = command as? any AsyncParsableCommand {
        try await asyncCommand.run()
      } else {
        try command.run()
      }
    } catch  where exitCode(for: error) == .validationFailure {
      Process.printError(fullMessage(for: error))
      Foundation.exit(2)
    } catch let error as Configuration.Invalid {
      Process.printError("Error: \(error)")
      Foundation.exit(2)
    } catch  where exitCode(for: error) == .failure && !(error is ExitCode) {
      Process.printError("Error: \(Process.sentence(error))")
      Foundation.exit(1)
    } catch {
      exit(withError: error)
    }
  }
}
