import RESTClient

package struct SentryRequest: Sendable, Equatable {
  package var method: String?
  package var url: String?

  init(_ json: JSONValue) {
    method = json["method"]?.text
    url = json["url"]?.text
  }
}

/// What a browser reported about a policy of the site: CSP, HPKP, Expect-CT and the like.
package struct SentrySecurityReport: Sendable, Equatable {
  package struct Fact: Sendable, Equatable {
    package var name: String
    package var value: String
  }

  package var name: String
  package var facts: [Fact]

  private static let names = [
    "csp": "Content Security Policy report", "hpkp": "Public Key Pinning report",
    "expectct": "Certificate Transparency report", "expectstaple": "OCSP stapling report",
    "nel": "Network error report",
  ]
  /// In the order of a reader's questions: what was refused, by which rule, where.
  private static let members = [
    ("effective_directive", "Directive"), ("violated_directive", "Violated directive"),
    ("blocked_uri", "Blocked URI"), ("document_uri", "Document URI"),
    ("source_file", "Source file"), ("line_number", "Line"), ("column_number", "Column"),
    ("script_sample", "Sample"), ("disposition", "Disposition"), ("status_code", "Status code"),
    ("referrer", "Referrer"), ("original_policy", "Policy"),
    ("hostname", "Host"), ("noted_hostname", "Noted host"), ("port", "Port"),
    ("date_time", "Reported at"), ("effective_expiration_date", "Expires"),
    ("include_subdomains", "Includes subdomains"), ("failure_mode", "Failure mode"),
    ("test_report", "Test report"), ("response_status", "Response status"),
    ("cert_status", "Certificate status"), ("known_pins", "Known pins"),
    ("validated_certificate_chain", "Validated certificates"),
    ("served_certificate_chain", "Served certificates"),
    ("type", "Type"), ("phase", "Phase"), ("protocol", "Protocol"),
    ("elapsed_time", "Elapsed (ms)"),
  ]

  init(_ type: String, _ json: JSONValue) {
    name = Self.names[type] ?? "Report"
    facts = Self.members.compactMap { member, name in
      switch json[member] {
      case .array(let items)?:
        items.isEmpty
          ? nil : Fact(name: name, value: items.compactMap(\.text).joined(separator: "\n"))
      case let value: value?.text.map { Fact(name: name, value: $0) }
      }
    }
    // The two are the same for every browser of today.
    if json["effective_directive"]?.text == json["violated_directive"]?.text {
      facts.removeAll { $0.name == "Violated directive" }
    }
  }
}

package struct SentrySpan: Sendable, Equatable {
  package var id: String?
  package var operation: String?
  package var description: String?
  package var milliseconds: Double?

  init(_ json: JSONValue) {
    id = json["span_id"]?.text
    operation = json["op"]?.text
    description = json["description"]?.text
    if let start = Self.seconds(json["start_timestamp"]), let end = Self.seconds(json["timestamp"]),
      end >= start
    {
      milliseconds = (end - start) * 1000
    }
  }

  private static func seconds(_ value: JSONValue?) -> Double? {
    switch value {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}

/// Why Sentry opened an issue that is not an error: performance, cron, uptime, feedback and others.
package struct SentryOccurrence: Sendable, Equatable {
  package struct Evidence: Sendable, Equatable {
    package var name: String
    package var value: String
    package var isImportant: Bool
  }

  package var title: String?
  package var subtitle: String?
  package var evidence: [Evidence]
  package var offendingSpanIDs: Set<String>

  init?(_ json: JSONValue?) {
    guard let json, case .object = json else { return nil }
    title = json["issueTitle"]?.text
    subtitle = json["subtitle"]?.text
    evidence = json.items("evidenceDisplay").compactMap { item in
      guard let name = item["name"]?.text, let value = item["value"]?.text else { return nil }
      return Evidence(name: name, value: value, isImportant: item["important"] == .bool(true))
    }
    offendingSpanIDs = Set(
      (json["evidenceData"]?.items("offenderSpanIds") ?? []).compactMap(\.text))
  }
}

/// What a person wrote, in the feedback form or about an error that they met.
package struct SentryFeedback: Sendable, Equatable {
  package var message: String
  package var url: String?
  package var contactAddress: String?
  /// Whether the event is nothing but this.
  package var isWholeEvent: Bool

  init?(_ event: JSONValue) {
    if let feedback = event["contexts"]?["feedback"], let message = feedback["message"]?.text {
      self.message = message
      url = feedback["url"]?.text
      contactAddress = feedback["contact_email"]?.text
      isWholeEvent = true
    } else if let report = event["userReport"], let comments = report["comments"]?.text {
      message = comments
      contactAddress = report["email"]?.text
      isWholeEvent = false
    } else {
      return nil
    }
  }
}

/// What an event ran on. Names that people gave to their devices are not read.
package struct SentryContexts: Sendable, Equatable {
  package var browser: String?
  package var system: String?
  package var runtime: String?
  package var device: String?
  package var application: String?
  package var trace: String?

  init(_ json: JSONValue?) {
    func versioned(_ names: String...) -> String? {
      for name in names {
        guard let context = json?[name], let title = context["name"]?.text else { continue }
        return [title, context["version"]?.text].compactMap(\.self).joined(separator: " ")
      }
      return nil
    }
    browser = versioned("browser")
    system = versioned("os", "client_os")
    runtime = versioned("runtime")
    let device = json?["device"]
    let model = device?["model"]?.text
    let family = device?["family"]?.text
    let isNamed = family.map { model?.hasPrefix($0) ?? false } ?? true
    let names = [device?["manufacturer"]?.text, isNamed ? nil : family, model]
    let title = names.compactMap(\.self).joined(separator: " ")
    self.device = title.isEmpty ? nil : title
    let app = json?["app"]
    application = app?["app_name"]?.text.map { name in
      [name, app?["app_version"]?.text, app?["app_build"]?.text.map { "(\($0))" }]
        .compactMap(\.self).joined(separator: " ")
    }
    trace = json?["trace"]?["trace_id"]?.text
  }
}
