import Foundation
import Glibc
import Reactors
import Synchronization

/// The files of a folder, read and compressed once and again when they change on disk.
final class StaticFiles: Sendable {
  /// Larger ones are not served, in bytes.
  private static let largestFile = 8_000_000

  private struct Version: Equatable {
    var size: Int
    var seconds: Int
    var nanoseconds: Int
  }

  private let folder: URL
  private let kept = Mutex<[String: (version: Version, file: StaticFile)]>([:])

  init(folder: URL) { self.folder = folder }

  /// The file at a path of plain names; nil when there is none that may be served.
  func file(_ names: String...) async throws -> StaticFile? {
    guard names.allSatisfy(Self.isPlain), let last = names.last,
      let mediaType = StaticFile.mediaType(of: last)
    else { return nil }
    let path = folder.appending(path: names.joined(separator: "/")).path
    guard let version = Self.version(path) else { return nil }
    if let found = kept.withLock({ $0[path] }), found.version == version { return found.file }
    let file = try await offReactor {
      StaticFile(Array(try Data(contentsOf: URL(filePath: path))), mediaType: mediaType)
    }
    kept.withLock { $0[path] = (version, file) }
    return file
  }

  /// Letters, digits, dots, hyphens and underscores, none of them hidden: no way out of the folder.
  private static func isPlain(_ name: String) -> Bool {
    (1...100).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  private static func version(_ path: String) -> Version? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= largestFile
    else { return nil }
    return Version(
      size: status.st_size, seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
  }
}
