import RESTClient
import Testing

@testable import App

@Suite struct HealthTests {
  private func facts(_ change: (inout HealthFacts) -> Void) -> HealthFacts {
    var facts = HealthFacts(days: 30)
    facts.errors.projects = 1
    facts.tickets.projects = 1
    facts.freshness.projects = 2
    facts.freshness.mean = 1
    change(&facts)
    return facts
  }

  @Test func `nothing assigned has no score and says so`() {
    let health = Health(HealthFacts(days: 30), weights: HealthWeights())
    #expect(health.score == nil)
    #expect(health.grade == nil)
    #expect(health.components.allSatisfy { $0.value == nil && $0.explanation.hasSuffix(".") })
  }

  @Test(
    arguments: [
      (0, 0, 0, 100), (0, 3, 0, 80), (9, 3, 0, 60), (0, 333, 0, 40), (0, 0, 900, 80),
      (1_000_000, 0, 0, 0),
    ])
  func `each tenfold of errors costs twenty points`(
    fatal: Int, error: Int, users: Int, expected: Double
  ) {
    let component = HealthComponent.errorPressure(
      HealthFacts.Errors(projects: 1, fatal: fatal, error: error, users: users), days: 30)
    #expect(component.value == expected)
  }

  @Test func `new and regressed errors weigh more than old ones`() {
    func value(_ new: Int, _ regressed: Int) -> Double {
      HealthComponent.errorPressure(
        HealthFacts.Errors(projects: 1, error: 10, regressed: regressed, new: new), days: 7
      ).value ?? -1
    }
    #expect(value(5, 0) < value(0, 0))
    #expect(value(0, 5) < value(5, 0))
  }

  @Test(
    arguments: [
      (10, 10, nil, nil, 0, 100), (10, 5, nil, nil, 0, 50), (0, 0, nil, nil, 0, nil),
      (0, 3, nil, nil, 0, 100), (10, 10, 12, 3, 2, 100), (10, 0, nil, 400, 10, 0),
    ] as [(Int, Int, Double?, Double?, Int, Double?)])
  func `velocity is what is resolved against what is created, how fast and how old`(
    created: Int, resolved: Int, hours: Double?, age: Double?, open: Int, expected: Double?
  ) {
    let component = HealthComponent.velocity(
      HealthFacts.Tickets(
        projects: 1, open: open, meanAgeDays: age, created: created, resolved: resolved,
        medianHoursToResolve: hours), days: 30)
    #expect(component.value == expected)
  }

  @Test func `coverage is the share of unresolved errors with a ticket`() {
    let component = HealthComponent.coverage(
      HealthFacts.Errors(projects: 1, error: 8, ticketed: 2))
    #expect(component.value == 25)
    #expect(component.explanation == "2 of 8 unresolved errors have a ticket.")
    #expect(HealthComponent.coverage(HealthFacts.Errors(projects: 1)).value == 100)
  }

  @Test func `a component without a value does not weigh`() throws {
    let health = Health(
      facts {
        $0.errors.error = 3
        $0.errors.ticketed = 3
      }, weights: try HealthWeights(parsing: "error_pressure=1,coverage=1,sync_freshness=2"))
    // 80, 100 and twice 100; no ticket was created or resolved.
    #expect(health.components.map(\.value) == [80, nil, 100, 100])
    #expect(health.score == 95)
    #expect(health.grade == "A")
  }

  @Test(
    arguments: [
      (100, "A"), (90, "A"), (89.9, "B"), (75, "B"), (74, "C"), (60, "C"), (59, "D"), (40, "D"),
      (39.9, "F"), (0, "F"),
    ])
  func `grades`(score: Double, grade: String) { #expect(Health.grade(score) == grade) }

  @Test(arguments: ["speed=1", "coverage", "coverage=x", "coverage=-1", "coverage=nan"])
  func `a weight that is none is refused by name`(_ text: String) {
    #expect(throws: HealthWeights.Invalid.self) { try HealthWeights(parsing: text) }
  }

  @Test func `weights that are all nothing are refused`() {
    let none = HealthWeights.names.map { "\($0)=0" }.joined(separator: ",")
    #expect(throws: HealthWeights.Invalid.self) { try HealthWeights(parsing: none) }
  }

  @Test func `a median comes from the scale`() throws {
    #expect(ResolutionTimes(steps: [], counts: []).medianHours == nil)
    #expect(ResolutionTimes(steps: [3], counts: [0]).medianHours == nil)
    // All within 8 to 11.3 hours; half of the step is 2^3.25.
    let one = try #require(ResolutionTimes(steps: [6], counts: [10]).medianHours)
    #expect(abs(one - 9.51) < 0.01)
    // Three of four are within step 2: two thirds into it.
    let two = try #require(ResolutionTimes(steps: [2, 20], counts: [3, 1]).medianHours)
    #expect(abs(two - 2.52) < 0.01)
  }
}
