import Foundation
import Postgres
import Reactors

/// Compares the pool's two lanes with `pgbench -M prepared` on one one-row SELECT, in turns on one
/// private PostgreSQL, and prints medians and ratios. Arguments: seconds a run, rounds.
@main
enum PostgresBench {
  static let rows = 100_000

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let seconds = arguments.first ?? 3
    let rounds = arguments.dropFirst().first ?? 3
    let folder = URL(filePath: "/tmp/issuebridge-bench-\(getpid())")
    let cluster = PrivateCluster(dataDirectory: folder)
    let conninfo = try await cluster.start()
    do {
      try await run(conninfo, seconds: seconds, rounds: rounds)
    } catch {
      await cluster.stop()
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
    await cluster.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  static func run(_ conninfo: String, seconds: Int, rounds: Int) async throws {
    let reactors = try ReactorGroup(count: 2)
    var configuration = PostgresConfiguration(conninfo: conninfo)
    configuration.acquireTimeout = .seconds(30)
    let pool = PostgresPool(configuration: configuration, reactors: reactors)
    try await pool.start()
    try await pool.query(
      "create table bench_items (id bigint primary key, name text, created_at timestamptz)")
    try await pool.query(
      """
      insert into bench_items
      select n, 'item ' || n, now() from generate_series(1, $1::bigint) n
      """, rows)
    try await pool.query("vacuum analyze bench_items")
    let pgbench = try PgBench(conninfo: conninfo)
    defer { pgbench.remove() }
    print("one-row SELECT by primary key, \(rounds) rounds of \(seconds) s, medians")
    for callers in [16, 64] {
      var results: [String: [Sample]] = [:]
      for _ in 0..<rounds {
        results["pgbench", default: []].append(try await pgbench.run(callers, seconds: seconds))
        results["pipelined reads", default: []].append(
          try await Load.reads(pool, reactors, callers: callers, seconds: seconds))
        results["reads from other threads", default: []].append(
          try await Load.reads(pool, nil, callers: callers, seconds: seconds))
        results["thread lane", default: []].append(
          try await Load.queries(pool, callers: callers, seconds: seconds))
      }
      report(results, callers: callers)
    }
    try await JobLoad.run(pool)
    await pool.close()
    reactors.shutdown()
  }

  static func report(_ results: [String: [Sample]], callers: Int) {
    guard let base = results["pgbench"].map(Sample.median) else { return }
    for (name, samples) in results.sorted(by: { $0.key < $1.key }) {
      let median = Sample.median(samples)
      let ratio = median.perSecond / base.perSecond
      print(
        String(
          format: "%3d callers  %@ %8.0f/s  ratio %4.2f  client CPU %5.1f µs a query", callers,
          name.padding(toLength: 26, withPad: " ", startingAt: 0), median.perSecond, ratio,
          median.cpuMicroseconds))
      fflush(nil)
    }
  }
}
