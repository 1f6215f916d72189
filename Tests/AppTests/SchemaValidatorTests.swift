import RESTClient
import TestSupport
import Testing

@Suite struct SchemaValidatorTests {
  private static let document: JSONValue = [
    "components": [
      "schemas": [
        "Id": ["type": "integer", "minimum": 1],
        "Tree": [
          "type": "object", "required": ["id"], "additionalProperties": false,
          "properties": [
            "id": ["$ref": "#/components/schemas/Id"],
            "children": ["type": "array", "items": ["$ref": "#/components/schemas/Tree"]],
          ],
        ],
      ]
    ]
  ]

  private static let cases: [(schema: String, value: String, expected: String)] = [
    (#"{"type":"string"}"#, #""a""#, ""),
    (#"{"type":"string"}"#, "1", "is no string"),
    (#"{"type":["string","null"]}"#, "null", ""),
    (#"{"type":["string","null"]}"#, "false", "is no string or null"),
    (#"{"type":"integer"}"#, "1.0", ""),
    (#"{"type":"integer"}"#, "1.5", "is no integer"),
    (#"{"type":"boolean"}"#, "0", "is no boolean"),
    (#"{"enum":["a",1]}"#, "1.0", ""),
    (#"{"enum":["a",1]}"#, #""b""#, "is not one of"),
    (#"{"const":"a"}"#, #""b""#, "is not"),
    (#"{"minimum":1,"maximum":3}"#, "3", ""),
    (#"{"minimum":1}"#, "0", "breaks minimum"),
    (#"{"exclusiveMaximum":3}"#, "3", "breaks exclusiveMaximum"),
    (#"{"minimum":1}"#, #""no number""#, ""),
    (#"{"minLength":2,"maxLength":2}"#, #""👩‍🚀""#, "breaks maxLength"),
    (#"{"maxLength":1}"#, #""é""#, ""),
    (#"{"pattern":"^[a-z]+$"}"#, #""ab1""#, "breaks pattern"),
    (#"{"pattern":"b"}"#, #""abc""#, ""),
    (#"{"format":"date-time"}"#, #""2026-11-23T10:15:30.123Z""#, ""),
    (#"{"format":"date-time"}"#, #""2026-11-23""#, "breaks format"),
    (#"{"format":"unheard-of"}"#, #""x""#, "breaks format"),
    (#"{"items":{"type":"string"},"maxItems":2,"uniqueItems":true}"#, #"["a","b"]"#, ""),
    (#"{"items":{"type":"string"}}"#, #"["a",1]"#, "/1: 1 is no string"),
    (#"{"maxItems":1}"#, "[1,2]", "too many items"),
    (#"{"minItems":1}"#, "[]", "too few items"),
    (#"{"uniqueItems":true}"#, "[1,1.0]", "twice"),
    (#"{"required":["a"]}"#, "{}", "'a' is missing"),
    (#"{"properties":{"a":{"type":"null"}}}"#, #"{"a":1}"#, "/a: 1 is no null"),
    (#"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"b":1}"#, "'b' is not allowed"),
    (#"{"additionalProperties":{"type":"string"}}"#, #"{"b":1}"#, "/b: 1 is no string"),
    (#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#, "null", ""),
    (#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#, "1", "fits 0 of oneOf's 2"),
    (#"{"oneOf":[{},{"type":"string"}]}"#, #""a""#, "fits 2 of oneOf's 2"),
    (#"{"anyOf":[{},{"type":"string"}]}"#, #""a""#, ""),
    (#"{"allOf":[{"type":"string"},{"minLength":2}]}"#, #""a""#, "breaks minLength"),
    (##"{"$ref":"#/components/schemas/Tree"}"##, #"{"id":1,"children":[{"id":2}]}"#, ""),
    (
      ##"{"$ref":"#/components/schemas/Tree"}"##, #"{"id":1,"children":[{"id":0}]}"#,
      "/children/0/id"
    ),
    (##"{"$ref":"#/components/schemas/Nothing"}"##, "1", "leads nowhere"),
    (#"{"propertyNames":{}}"#, "{}", "'propertyNames' is not known"),
    ("false", "1", "nothing is allowed"),
  ]

  @Test(arguments: cases)
  func `values are judged as JSON Schema says`(schema: String, value: String, expected: String)
    throws
  {
    let validator = SchemaValidator(document: Self.document)
    let mistakes = try validator.mistakes(
      in: JSONValue(parsing: Array(value.utf8)), against: JSONValue(parsing: Array(schema.utf8)))
    if expected.isEmpty {
      #expect(mistakes.isEmpty)
    } else {
      #expect(mistakes.contains { $0.contains(expected) }, "\(mistakes)")
    }
  }

  @Test func `for answers a member that is not named is a mistake`() {
    let validator = SchemaValidator(document: .null, allowsUnnamedMembers: false)
    let named: JSONValue = ["type": "object", "properties": ["a": [:]]]
    #expect(validator.mistakes(in: ["b": 1], against: named) == [": 'b' is not in the schema"])
    let open: JSONValue = [
      "type": "object", "properties": ["a": [:]], "additionalProperties": true,
    ]
    #expect(validator.mistakes(in: ["b": 1], against: open).isEmpty)
    #expect(validator.mistakes(in: ["b": 1], against: ["type": "object"]).isEmpty)
  }

  @Test(arguments: [
    ("GET", "/api/v1/products/7?x=1", 200, "application/json", #"{"id":7}"#, "'name' is missing"),
    ("GET", "/api/v1/products/7", 202, "application/json", "{}", "status 202 is not documented"),
    ("GET", "/api/v1/products/7", 200, "text/html", "{}", "media type 'text/html'"),
    ("GET", "/api/v1/products/7", 404, "application/json", "{}", "media type 'application/json'"),
    ("GET", "/api/v1/products/7", 404, "application/problem+json", "{}", "'title' is missing"),
    ("HEAD", "/api/v1/products/7", 200, "application/json", "{}", "HEAD has a body"),
    ("DELETE", "/api/v1/products/7", 204, "", "x", "a body where none is documented"),
    ("POST", "/api/v1/products", 201, "application/json", "{}", "Location is missing"),
    ("PUT", "/api/v1/products", 200, "application/json", "{}", "no such operation"),
    ("GET", "/api/v1/nothing", 200, "application/json", "{}", "no such operation"),
  ])
  func `an answer that is not as documented is found out`(
    method: String, target: String, status: Int, type: String, body: String, expected: String
  ) throws {
    let mistakes = try APIDocument.shared.get().mistakes(
      method: method, target: target, status: status,
      headerFields: ["content-type": type, "x-request-id": "1"], body: Array(body.utf8))
    #expect(mistakes.contains { $0.contains(expected) }, "\(mistakes)")
  }

  @Test func `a body that should not have been accepted is found out`() throws {
    let document = try APIDocument.shared.get()
    for (body, expected) in [
      (#"{"name":"a"}"#, ""), (#"{"name":"a","colour":1}"#, "'colour' is not allowed"),
      (#"{"name":""}"#, "breaks minLength"), ("x", "no JSON"),
    ] {
      let mistakes = document.mistakes(
        accepting: Array(body.utf8), method: "POST", target: "/api/v1/products")
      #expect(expected.isEmpty == mistakes.isEmpty, "\(mistakes)")
      #expect(mistakes.allSatisfy { $0.contains(expected) }, "\(mistakes)")
    }
  }
}
