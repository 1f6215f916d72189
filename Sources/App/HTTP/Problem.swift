package import RESTClient

/// An error answer by RFC 9457, and the one error type that services throw on purpose.
package struct Problem: Error, Sendable {
  /// One field of a request body that was refused; `pointer` is a JSON pointer (RFC 6901).
  package struct FieldError: Sendable, Equatable {
    package var pointer: String
    package var detail: String
  }

  package var status: Int
  /// The last part of the problem's type URN.
  package var kind: String
  package var title: String
  package var detail: String
  package var fieldErrors: [FieldError] = []
  /// Further members, for example `vendor`.
  package var members: [String: JSONValue] = [:]
  /// Header fields that go with the answer, for example `Retry-After`.
  package var headerFields: [(name: String, value: String)] = []

  package init(_ status: Int, _ kind: String, _ title: String, _ detail: String) {
    self.status = status
    self.kind = kind
    self.title = title
    self.detail = detail
  }
}

extension Problem {
  package static func badRequest(_ detail: String) -> Problem {
    Problem(400, "bad-request", "Bad request", detail)
  }

  package static func unauthorized(_ detail: String) -> Problem {
    var problem = Problem(401, "unauthorized", "Unauthorized", detail)
    problem.headerFields = [("WWW-Authenticate", "Bearer")]
    return problem
  }

  package static func forbidden(_ detail: String) -> Problem {
    Problem(403, "forbidden", "Forbidden", detail)
  }

  /// - Parameter what: for example "product 7".
  package static func notFound(_ what: String) -> Problem {
    Problem(404, "not-found", "Not found", "There is no \(what).")
  }

  package static func conflict(_ kind: String, _ detail: String) -> Problem {
    Problem(409, kind, "Conflict", detail)
  }

  package static func invalid(_ errors: [FieldError]) -> Problem {
    var problem = Problem(
      422, "validation-failed", "Validation failed",
      errors.map { "\($0.pointer): \($0.detail)" }.joined(separator: "; "))
    problem.fieldErrors = errors
    return problem
  }

  package static func invalid(_ pointer: String, _ detail: String) -> Problem {
    invalid([FieldError(pointer: pointer, detail: detail)])
  }
}

extension Problem {
  /// The problem as a JSON document.
  ///
  /// - Parameter instance: the request id.
  func document(instance: String) -> JSONValue {
    var object = members
    object["type"] = .string("urn:issuebridge:problem:\(kind)")
    object["title"] = .string(title)
    object["status"] = .number(Double(status))
    object["detail"] = .string(detail)
    object["instance"] = .string(instance)
    if !fieldErrors.isEmpty {
      object["errors"] = .array(
        fieldErrors.map {
          .object(["pointer": .string($0.pointer), "detail": .string($0.detail)])
        })
    }
    return .object(object)
  }
}
