extension RESTError {
  /// A refusal of one of the things that a request brought, in an answer about all of them.
  package static func refused(_ request: RESTClient.Request, status: Int, body: JSONValue)
    -> RESTError
  {
    RESTError(
      kind: .status, method: request.method, path: request.path, status: status,
      body: body.encoded(), contentType: "application/json", message: "",
      mayHaveBeenReceived: false)
  }

  /// An answer from which it cannot be said what the vendor did.
  package static func unclear(_ request: RESTClient.Request, _ message: String) -> RESTError {
    RESTError(
      kind: .malformedAnswer, method: request.method, path: request.path, status: nil, body: [],
      contentType: nil, message: message, mayHaveBeenReceived: true)
  }
}
