import HTTPServer
import HTTPTypes
import RESTClient

extension BodyFields {
  /// The base address of a vendor: https, of an allowed host, not private.
  mutating func vendorURL(_ name: String, _ vendor: Vendor, _ policy: VendorHostPolicy) -> String? {
    guard let text = text(name, 1...500, isPasted: true) else { return nil }
    do {
      return try VendorAddress(vendor: vendor, policy: policy).read(text)
    } catch let refusal as VendorAddress.Refusal {
      refuse(name, refusal.detail)
      return nil
    } catch {
      refuse(name, "\(error)")
      return nil
    }
  }

  /// A secret, sealed as soon as it is read.
  ///
  /// - Parameter allowsBlanks: for what a person made up, which is in no header field.
  mutating func secret(
    _ name: String, _ secrets: SecretBox, place: String, allowsBlanks: Bool = false
  ) throws -> String? {
    guard let text = text(name, 1...4000, isPasted: !allowsBlanks) else { return nil }
    let lowest: UInt32 = allowsBlanks ? 32 : 33
    guard text.unicodeScalars.allSatisfy({ $0.value >= lowest && $0.value < 127 }) else {
      refuse(
        name,
        allowsBlanks
          ? "Must be printable ASCII."
          : "Must be visible ASCII without spaces; was it copied whole?")
      return nil
    }
    return try secrets.seal(text, place: place)
  }
}

extension Call {
  /// Starts the sync that the body asks for: 202 and where to watch it.
  func startSync(_ source: SyncSource, _ runs: SyncRunService) async throws -> Response {
    var body = try await optionalFields()
    let request = SyncRunRequest(
      source: source, full: body.oneOf("mode", ["incremental", "full"]) == "full",
      trigger: "manual", dryRun: body.flag("dry_run") ?? false,
      force: body.flag("force") ?? false,
      projectKeys: body.texts("project_keys", most: 1000) ?? [])
    try body.finish()
    let id = try await runs.start(request)
    return .json(
      try await runs.json(id), status: .accepted, location: "/api/v1/sync-runs/\(id)")
  }
}
