import RESTClient

/// A product's health: a score, and what it is made of.
struct Health: Sendable {
  /// 0…100: the components that have a value, by weight; nil when none has.
  let score: Double?
  let components: [HealthComponent]
  private let weights: HealthWeights

  init(_ facts: HealthFacts, weights: HealthWeights) {
    components = HealthComponent.all(facts)
    self.weights = weights
    var sum = 0.0
    var total = 0.0
    for component in components {
      guard let value = component.value else { continue }
      sum += value * weights[component.name]
      total += weights[component.name]
    }
    score = total == 0 ? nil : (10 * sum / total).rounded() / 10
  }

  var grade: String? { score.map(Self.grade) }

  static func grade(_ score: Double) -> String {
    switch score {
    case 90...: "A"
    case 75...: "B"
    case 60...: "C"
    case 40...: "D"
    default: "F"
    }
  }

  var componentsJSON: JSONValue {
    .array(
      components.map { component in
        [
          "name": .string(component.name),
          "value": component.value.map(JSONValue.number) ?? .null,
          "weight": .number(weights[component.name]),
          "explanation": .string(component.explanation),
          "facts": component.facts,
        ]
      })
  }

  /// The values alone, as history keeps them.
  var valuesJSON: JSONValue {
    .object(
      Dictionary(
        uniqueKeysWithValues: components.map {
          ($0.name, $0.value.map(JSONValue.number) ?? .null)
        }))
  }
}
