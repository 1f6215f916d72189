import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    ("1::int2", "1"), ("'-9223372036854775808'::int8", "-9223372036854775808"),
    ("0.5::float8", "0.5"), ("'NaN'::float8", "null"), ("1e300::float8", "1e+300"),
    ("10000.0100::numeric", "10000.0100"), ("0::numeric", "0"), ("-0.00001::numeric", "-0.00001"),
    ("123456789012345678901234::numeric", "123456789012345678901234"), ("true", "true"),
    ("false", "false"), ("null::text", "null"), (#"E'q"b\\s\nt\x01'"#, #""q\"b\\s\nt\u0001""#),
    ("'é🐘'::varchar", #""é🐘""#), ("'ab'::char(2)", #""ab""#), ("'x'::name", #""x""#),
    ("'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::uuid", #""f81d4fae-7dec-11d0-a765-00a0c91e6bf6""#),
    ("timestamptz '2026-11-23 10:15:30.123999+00'", #""2026-11-23T10:15:30.123Z""#),
    ("timestamptz '1969-12-31 23:59:59.9999+00'", #""1969-12-31T23:59:59.999Z""#),
    ("timestamptz '2000-02-29 00:00:00+00'", #""2000-02-29T00:00:00.000Z""#),
    ("timestamptz '0099-03-01 00:00:00+00'", #""0099-03-01T00:00:00.000Z""#),
    ("timestamptz 'infinity'", #""infinity""#), ("date '2024-12-31'", #""2024-12-31""#),
    (#"'{"a": [1, "é"]}'::jsonb"#, #"{"a": [1, "é"]}"#), ("'[1]'::json", "[1]"),
    ("'{a,\"b c\",null}'::text[]", #"["a","b c",null]"#), ("'{}'::int8[]", "[]"),
    ("'{1,2}'::int8[]", "[1,2]"),
  ])
  func `a cell becomes JSON by its type`(_ sql: String, _ json: String) async throws {
    let pool = try await SharedDatabase.pool
    let rows = try await pool.read(Statement("select \(sql) as v, 1 as _cursor"))
    var out: [UInt8] = []
    try rows.appendJSONArray(to: &out)
    #expect(String(decoding: out, as: UTF8.self) == #"[{"v":\#(json)}]"#)
  }

  @Test func `rows are separated and no rows are an empty array`() async throws {
    let database = try await TestDatabase.make()
    var out: [UInt8] = []
    try await database.pool.read("select n from generate_series(1, 2) n").appendJSONArray(to: &out)
    try await database.pool.read("select 1 where false").appendJSONArray(to: &out)
    #expect(String(decoding: out, as: UTF8.self) == #"[{"n":1},{"n":2}][]"#)
    await database.close()
  }

  @Test func `a type without a JSON form is named`() async throws {
    let database = try await TestDatabase.make()
    let rows = try await database.pool.read("select point(1, 2) as place")
    let error = #expect(throws: PostgresError.self) {
      var out: [UInt8] = []
      try rows.appendJSONArray(to: &out)
    }
    #expect(error?.column == "place")
    await database.close()
  }
}
