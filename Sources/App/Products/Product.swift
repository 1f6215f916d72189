import Foundation

/// How much a product matters to the business.
enum ProductPriority: String, CaseIterable, Sendable {
  case critical, high, medium, low
}

/// What a client may say of a product; nil is "not said".
struct ProductFields: Sendable {
  var name: String?
  var slug: String?
  var description: String?
  var parentID: Int64?
  var priority: String?
  var ownerTeam: String?
  /// Fields set to null.
  var cleared: [String] = []
}

/// Makes a slug of a name: lower-case ASCII letters and digits, single hyphens, at most 63.
func slug(from name: String) -> String {
  let latin = name.applyingTransform(.toLatin, reverse: false) ?? name
  let plain = latin.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
  let words = plain.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
  let slug = words.joined(separator: "-").prefix(63)
  return String(slug.hasSuffix("-") ? slug.dropLast() : slug)
}
