import Foundation

/// Where PostgreSQL's own programs are installed.
struct ClusterPrograms {
  static let oldestMajor = 14

  let directory: URL
  let major: Int

  var initdb: String { directory.appending(path: "initdb").path }
  var postgres: String { directory.appending(path: "postgres").path }

  /// The newest version in Debian's place, or exactly `wanted`.
  static func find(
    major wanted: Int? = nil, root: String = "/usr/lib/postgresql"
  ) throws -> ClusterPrograms {
    let files = FileManager.default
    let found = ((try? files.contentsOfDirectory(atPath: root)) ?? []).compactMap(Int.init)
      .map { ClusterPrograms(directory: URL(filePath: "\(root)/\($0)/bin"), major: $0) }
      .filter {
        $0.major >= oldestMajor && files.isExecutableFile(atPath: $0.postgres)
          && files.isExecutableFile(atPath: $0.initdb)
      }
    if let wanted {
      if let same = found.first(where: { $0.major == wanted }) { return same }
      throw PrivateClusterError(
        """
        the data were written by PostgreSQL \(wanted), which is not installed under \(root): \
        install postgresql-\(wanted), or move the data with pg_upgrade
        """)
    }
    if let newest = found.max(by: { $0.major < $1.major }) { return newest }
    throw PrivateClusterError(
      """
      no PostgreSQL \(oldestMajor) or newer is installed under \(root): install the package \
      postgresql, or set DATABASE_URL to a server
      """)
  }
}

/// Why the private PostgreSQL does not run, and what to do about it.
package struct PrivateClusterError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
