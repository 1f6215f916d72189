import Foundation

/// The formats of strings that `openapi.yaml` names, checked rather than taken as notes.
enum TextFormat {
  static func fits(_ text: String, _ format: String) -> Bool {
    switch format {
    case "date-time":
      // RFC 3339; ours are in UTC with milliseconds.
      text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/) != nil
    case "date": text.wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil
    case "uri": URL(string: text)?.scheme != nil
    case "uri-reference": URL(string: text) != nil
    case "email": text.split(separator: "@", omittingEmptySubsequences: false).count == 2
    case "int32", "int64", "double", "password", "markdown": true
    default: false
    }
  }
}
