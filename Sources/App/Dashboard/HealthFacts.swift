/// What is known of a product and its subtree, counted by the database.
struct HealthFacts: Sendable {
  struct Errors: Sendable {
    var projects = 0
    var fatal = 0
    var error = 0
    var warning = 0
    /// Of a lower level than warning.
    var other = 0
    var regressed = 0
    /// First seen within the window.
    var new = 0
    /// Users hit, summed over the unresolved errors.
    var users = 0
    /// Unresolved ones with an active ticket.
    var ticketed = 0

    var unresolved: Int { fatal + error + warning + other }
  }

  struct Tickets: Sendable {
    var projects = 0
    /// Not done.
    var open = 0
    /// Mean age of the open ones.
    var meanAgeDays: Double?
    /// Within the window.
    var created = 0
    var resolved = 0
    /// Of those resolved within the window.
    var medianHoursToResolve: Double?
  }

  struct Freshness: Sendable {
    /// Projects whose sync is on.
    var projects = 0
    /// 1 while a project is within twice its interval, falling to 0 at ten times; their mean.
    var mean: Double?
    var neverSynced = 0
    /// Organizations that cannot be reached, or refuse the token.
    var failingOrganizations = 0
  }

  /// The window, up to now.
  var days: Int
  var errors = Errors()
  var tickets = Tickets()
  var freshness = Freshness()
}
