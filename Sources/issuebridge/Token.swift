import App
import ArgumentParser
import Foundation

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Makes tokens for the API.", subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a token and prints it; it cannot be shown again.")

    @Option(help: "What the token is for.")
    var name: String
    @Option(help: "read, write or admin.")
    var scope: String
    @Option(help: "When it ends, for example 90d or 12h; never without.")
    var expires: String?

    func validate() throws {
      guard Scope(rawValue: scope) != nil else {
        throw ValidationError("--scope must be read, write or admin.")
      }
      guard (1...200).contains(name.count) else {
        throw ValidationError("--name must have 1 to 200 characters.")
      }
      guard expires == nil || Self.date(expires) != nil else {
        throw ValidationError("--expires must be a number with m, h or d, for example 90d.")
      }
    }

    func run() async throws {
      guard let scope = Scope(rawValue: scope) else { return }
      let made = try await Process.withServices {
        try await $0.tokens.create(name: name, scope: scope, expiresAt: Self.date(expires))
      }
      print(made.token)
    }

    static func date(_ text: String?) -> Date? {
      let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86_400]
      guard let text, let unit = text.last.flatMap({ units[$0] }),
        let count = Double(text.dropLast()),
        count > 0, count < 1_000_000
      else { return nil }
      return Date(timeIntervalSinceNow: count * unit)
    }
  }
}
