import Foundation

/// Runs PostgreSQL's own load program on the same SELECT.
struct PgBench {
  private let program: String
  private let script: String
  private let conninfo: String

  init(conninfo: String) throws {
    let roots = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")
    let newest = roots.compactMap(Int.init).max() ?? 0
    program = "/usr/lib/postgresql/\(newest)/bin/pgbench"
    self.conninfo = conninfo
    script = NSTemporaryDirectory() + "issuebridge-bench-\(getpid()).sql"
    try """
    \\set id random(1, \(PostgresBench.rows))
    select id, name, created_at from bench_items where id = :id;
    """.write(toFile: script, atomically: false, encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(atPath: script) }

  func run(_ clients: Int, seconds: Int) async throws -> Sample {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = [
      "-n", "-M", "prepared", "-c", "\(clients)", "-j", "2", "-T", "\(seconds)", "-f", script,
      conninfo,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    let cpu = Sample.cpu(of: RUSAGE_CHILDREN)
    // `waitUntilExit` wants a run loop, which the threads of tasks do not have.
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in ended.resume() }
      // Threads of tasks block signals and a child inherits that; pgbench ends by SIGALRM.
      var none = sigset_t()
      sigemptyset(&none)
      pthread_sigmask(SIG_SETMASK, &none, nil)
      do { try process.run() } catch { ended.resume(throwing: error) }
    }
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let rate = text.split(separator: "\n").first { $0.hasPrefix("tps = ") }
      .flatMap { $0.split(separator: " ").dropFirst(2).first }.flatMap { Double($0) }
    guard let rate else { throw Failed(output: text) }
    return Sample(
      perSecond: rate,
      cpuMicroseconds: (Sample.cpu(of: RUSAGE_CHILDREN) - cpu) / (rate * Double(seconds)))
  }

  struct Failed: Error {
    let output: String
  }
}
