/// For what a sync notes on its way. A crash of PostgreSQL may lose the last of it, together with all that
/// was stored after it: then it is read again. The commit that ends the run waits for the disk, and with it
/// all before.
enum LazyCommit {
  /// Where it is evaluated, the transaction's commit does not wait for the disk.
  static let setting = "set_config('synchronous_commit', 'off', true)"
  /// A statement's last clause that does so.
  static let returning = "returning \(setting)"
}
