import ArgumentParser

@main
struct IssueBridge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issuebridge",
    abstract: "Keeps Jira Cloud and Sentry in step around your products.",
    version: "0.1.0",
    subcommands: [
      Serve.self, Migrate.self, Sync.self, TokenCommand.self, SandboxCommand.self, Doctor.self,
    ])
}
