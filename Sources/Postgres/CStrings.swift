import Glibc

/// A NULL-terminated list of C strings.
struct CStrings: ~Copyable {
  private let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) { pointers = strings.map { strdup($0) } + [nil] }

  deinit { for pointer in pointers { free(pointer) } }

  func withPointers<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
    withUnsafeTemporaryAllocation(
      of: UnsafePointer<CChar>?.self, capacity: pointers.count
    ) { list in
      for (index, pointer) in pointers.enumerated() {
        list.initializeElement(at: index, to: UnsafePointer(pointer))
      }
      guard let base = list.baseAddress else {
        var end: UnsafePointer<CChar>?
        return body(&end)
      }
      return body(base)
    }
  }

  /// As `withPointers`, in the form that `posix_spawn` wants.
  func withMutablePointers<R>(
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    pointers.withUnsafeBufferPointer { list in
      guard let base = list.baseAddress else {
        var end: UnsafeMutablePointer<CChar>?
        return body(&end)
      }
      return body(base)
    }
  }
}
