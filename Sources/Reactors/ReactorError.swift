import Glibc

/// A system call of a reactor that failed.
package struct ReactorError: Error, CustomStringConvertible {
  package let call: String
  /// The `errno` it left.
  package let code: Int32

  package var description: String { "\(call): \(String(cString: strerror(code)))" }
}
