import Foundation
import RESTClient

/// What the issues of a page have in common.
struct ReadPage {
  var nodes = DocumentNodes()
  var types = Recurring<String?>()
  var statuses = Recurring<JiraStatus?>()
  var resolutions = Recurring<String?>()
  var priorities = Recurring<String?>()
  var people = Recurring<JiraAccount?>()
  var labels = Recurring<[String]>()
  var names = Recurring<[String]>()
  var projects = Recurring<(Int64?, String?)>()
}

/// Values that a page repeats: a person takes half a kilobyte at every issue, and is one of a few.
struct Recurring<Value> {
  /// Most that are compared with; of more the oldest are forgotten.
  static var most: Int { 16 }

  private var places: [Range<Int>] = []
  private var values: [Value] = []
  private var oldest = 0

  mutating func read(
    _ reader: inout JSONReader, _ read: (inout JSONReader) throws -> Value
  ) rethrows -> Value {
    guard reader.isAtTree() else { return try read(&reader) }
    if let index = reader.passRepeat(of: places) { return values[index] }
    let start = reader.position
    let value = try read(&reader)
    if places.count < Self.most {
      places.append(start..<reader.position)
      values.append(value)
    } else {
      places[oldest] = start..<reader.position
      values[oldest] = value
      oldest = (oldest + 1) % Self.most
    }
    return value
  }
}

extension JSONReader {
  mutating func date() throws -> Date? {
    var date: Date?
    try text { date = VendorTimestamp.parse($0.bytes) }
    return date
  }

  static func name(_ reader: inout JSONReader) throws -> String? {
    var found: String?
    try reader.object { name, reader in
      if case "name" = name { found = try reader.string() } else { try reader.skip() }
    }
    return found
  }

  static func names(_ reader: inout JSONReader) throws -> [String] {
    var found: [String] = []
    try reader.array { if let name = try name(&$0) { found.append(name) } }
    return found
  }

  static func texts(_ reader: inout JSONReader) throws -> [String] {
    var found: [String] = []
    try reader.array { if let text = try $0.string() { found.append(text) } }
    return found
  }

  static func project(_ reader: inout JSONReader) throws -> (Int64?, String?) {
    var (id, key): (Int64?, String?)
    try reader.object { name, reader in
      switch name {
      case "id": id = try reader.string().flatMap { Int64($0) }
      case "key": key = try reader.string()
      default: try reader.skip()
      }
    }
    return (id, key)
  }

  static func status(_ reader: inout JSONReader) throws -> JiraStatus? {
    var (id, name, category): (String?, String?, String?)
    try reader.object { member, reader in
      switch member {
      case "id": id = try reader.lenientText()
      case "name": name = try reader.string()
      case "statusCategory":
        try reader.object { member, reader in
          if case "key" = member { category = try reader.string() } else { try reader.skip() }
        }
      default: try reader.skip()
      }
    }
    return name.map { JiraStatus(id: id ?? "", name: $0, categoryKey: category ?? "undefined") }
  }

  static func account(_ reader: inout JSONReader) throws -> JiraAccount? {
    var (id, name): (String?, String?)
    try reader.object { member, reader in
      switch member {
      case "accountId": id = try reader.string()
      case "displayName": name = try reader.lenientText()
      default: try reader.skip()
      }
    }
    return id.map { JiraAccount(accountID: $0, displayName: name ?? $0) }
  }
}
