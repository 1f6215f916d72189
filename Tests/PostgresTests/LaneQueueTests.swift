import Synchronization
import Testing

@testable import Postgres

@Suite struct LaneQueueTests {
  private final class Answers: Sendable {
    private let errors = Mutex<[String]>([])
    func add(_ error: any Error) { errors.withLock { $0.append("\(error)") } }
    var count: Int { errors.withLock { $0.count } }
  }

  private func job(within time: Duration, _ answers: Answers) -> LaneJob {
    let job = LaneJob(acquireDeadline: .now + time)
    job.arm { if case .failure(let error) = $0 { answers.add(error) } }
    return job
  }

  @Test func `a call with less time than those before it fails in its own time`() async throws {
    let queue = LaneQueue()
    let (patient, hasty) = (Answers(), Answers())
    queue.append(job(within: .seconds(600), patient))
    let began = ContinuousClock.now
    queue.append(job(within: .milliseconds(50), hasty))
    while hasty.count == 0, ContinuousClock.now - began < .seconds(60) { await Task.yield() }
    #expect(hasty.count == 1)
    #expect(patient.count == 0)
    #expect(queue.count == 1)
    queue.close()
    #expect(patient.count == 1)
  }

  @Test func `calls whose callers have left do not fill the queue`() {
    let queue = LaneQueue()
    let answers = Answers()
    let kept = job(within: .seconds(60), answers)
    queue.append(kept)
    for _ in 0..<1000 {
      let left = job(within: .seconds(60), answers)
      queue.append(left)
      if left.cancel() { queue.noteAbandoned() }
    }
    #expect(answers.count == 1000)
    #expect(queue.count == 1)
    #expect(queue.length < 100)
    #expect(queue.next() === kept)
    queue.close()
  }

  @Test func `a call is not given to a thread when its caller has left`() {
    let queue = LaneQueue()
    let answers = Answers()
    let (first, second) = (job(within: .seconds(60), answers), job(within: .seconds(60), answers))
    queue.append(first)
    queue.append(second)
    if first.cancel() { queue.noteAbandoned() }
    #expect(queue.next() === second)
    #expect(queue.count == 0)
    queue.close()
  }
}
