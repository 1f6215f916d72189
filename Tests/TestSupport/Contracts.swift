package import Foundation

/// The vendors' real payloads, where they lie beside the checkout; a stranger's clone has none.
package enum Contracts {
  package static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/contracts")

  package static var areHere: Bool { FileManager.default.fileExists(atPath: folder.path) }

  /// Names and contents of the files below a folder, by name.
  package static func files(_ path: String, suffix: String = ".json") -> [(
    name: String, bytes: [UInt8]
  )] {
    let folder = folder.appending(path: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
      FileManager.default.contents(atPath: folder.appending(path: name).path).map {
        (name, Array($0))
      }
    }
  }
}
