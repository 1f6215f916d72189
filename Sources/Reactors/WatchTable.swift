/// The handlers of watched descriptors, indexed by descriptor.
///
/// A key carries the descriptor and a count of its watches, so that an event fetched before `unwatch`
/// never reaches the next owner of the same descriptor number.
struct WatchTable {
  private struct Entry {
    var generation: UInt32 = 0
    var handler: ((Ready) -> Void)?
  }
  private var entries: [Entry] = []

  mutating func nextKey(_ fd: Int32) -> UInt64 {
    while entries.count <= Int(fd) { entries.append(Entry()) }
    return key(fd, entries[Int(fd)].generation &+ 1)
  }

  mutating func add(_ fd: Int32, _ handler: @escaping (Ready) -> Void) {
    entries[Int(fd)].generation &+= 1
    entries[Int(fd)].handler = handler
  }

  func key(_ fd: Int32) -> UInt64? {
    guard entries.indices.contains(Int(fd)), entries[Int(fd)].handler != nil else { return nil }
    return key(fd, entries[Int(fd)].generation)
  }

  /// False when `fd` was not watched.
  mutating func remove(_ fd: Int32) -> Bool {
    guard key(fd) != nil else { return false }
    entries[Int(fd)].handler = nil
    return true
  }

  func handler(_ key: UInt64) -> ((Ready) -> Void)? {
    let entry = entries[Int(key & 0xffff_ffff)]
    return entry.generation & 0x7fff_ffff == UInt32(key >> 32) ? entry.handler : nil
  }

  private func key(_ fd: Int32, _ generation: UInt32) -> UInt64 {
    // The upper bit stays clear: all ones is the key of the wake-up descriptor.
    UInt64(generation & 0x7fff_ffff) << 32 | UInt64(UInt32(bitPattern: fd))
  }
}
