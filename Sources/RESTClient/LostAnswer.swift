/// Settles a request whose answer was lost by reading what became of it, never by sending it again.
package enum LostAnswer {
  /// Pauses before the looks: the vendor may still be at work on the request.
  static let pauses: [Duration] = [.zero, .milliseconds(300), .seconds(1), .seconds(2)]

  /// Sends a request that must not be repeated; when it is not known whether the vendor carried it out,
  /// looks for its effect.
  ///
  /// - Parameter look: returns the effect; nil: it is not there.
  /// - Throws: what `request` threw when its effect is not there, or cannot be looked for.
  package static func settle<T: Sendable>(
    _ request: () async throws -> T, look: () async throws -> T?
  ) async throws -> T {
    do {
      return try await request()
    } catch let error as RESTError where error.mayHaveBeenReceived {
      for pause in pauses {
        try await Task.sleep(for: pause)
        do {
          if let found = try await look() { return found }
        } catch is RESTError {
          throw error
        }
      }
      throw error
    }
  }
}
