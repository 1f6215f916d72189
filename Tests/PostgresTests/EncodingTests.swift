import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct EncodingTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let cast: String
    let value: (any PostgresEncodable)?
    /// What PostgreSQL makes of it, as text.
    let text: String?
    var testDescription: String { "\(cast) \(text ?? "null")" }

    init(_ cast: String, _ value: (any PostgresEncodable)?, _ text: String?) {
      self.cast = cast
      self.value = value
      self.text = text
    }
  }

  static let instant = Date(timeIntervalSince1970: 1_763_892_930.123456)

  @Test(arguments: [
    Example("bigint", 42, "42"), Example("bigint", Int.min, "-9223372036854775808"),
    Example("integer", 7, "7"), Example("bigint", Int64.max, "9223372036854775807"),
    Example("integer", Int32.min, "-2147483648"), Example("smallint", Int16(-3), "-3"),
    Example("boolean", true, "true"), Example("boolean", false, "false"),
    Example("double precision", 0.1, "0.1"), Example("double precision", Double.nan, "NaN"),
    Example("double precision", -Double.infinity, "-Infinity"),
    Example("text", "Grüße 🐘 'quoted' \\ \"", "Grüße 🐘 'quoted' \\ \""), Example("text", "", ""),
    Example("jsonb", #"{"b": [1, null]}"#, #"{"b": [1, null]}"#),
    Example("interval", "90 minutes", "01:30:00"), Example("numeric", "12345.6780", "12345.6780"),
    Example("timestamptz", instant, "2025-11-23 10:15:30.123456+00"),
    Example("timestamptz", Date(timeIntervalSince1970: -0.000001), "1969-12-31 23:59:59.999999+00"),
    Example("timestamptz", Date(timeIntervalSinceReferenceDate: .infinity), "infinity"),
    Example("bytea", [UInt8]([0, 255, 10]), "\\x00ff0a"), Example("bytea", [UInt8](), "\\x"),
    Example(
      "uuid", UUID(uuidString: "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"),
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    Example("bigint[]", [1, -2], "{1,-2}"), Example("bigint[]", [Int](), "{}"),
    Example("bigint[]", [Int64(5)], "{5}"), Example("integer[]", [Int32(5), 6], "{5,6}"),
    Example("boolean[]", [true, false], "{t,f}"),
    Example("double precision[]", [0.5, 1e300], "{0.5,1e+300}"),
    Example("text[]", ["a", "", "x,y", "null"], #"{a,"","x,y","null"}"#),
    Example("text[]", ["a", nil] as [String?], "{a,NULL}"),
    Example("bigint[]", [nil, 3] as [Int?], "{NULL,3}"),
    Example("timestamptz[]", [instant], #"{"2025-11-23 10:15:30.123456+00"}"#),
    Example("timestamptz[]", [nil] as [Date?], "{NULL}"), Example("bigint", nil, nil),
    Example("text[]", nil, nil),
  ])
  func `a parameter reaches PostgreSQL as it is`(_ example: Example) async throws {
    let pool = try await SharedDatabase.pool
    let statement = Statement("select ($1::\(example.cast))::text")
    let pipelined = try await pool.read(statement, [example.value])
    #expect(try pipelined[0].textOrNil(0) == example.text)
    let threaded = try await pool.query(statement, [example.value])
    #expect(try threaded[0].textOrNil(0) == example.text)
  }

  @Test func `every reader gets back what was stored`() async throws {
    let database = try await TestDatabase.make()
    let row = try await database.pool.read(
      """
      select 1::int2 as small, 2::int4 as middle, 3::int8 as large, true as flag,
        1.5::float4 as single, 2.5::float8 as double, -0.00120::numeric as decimal,
        'text' as text, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::uuid as uuid,
        timestamptz '2025-11-23 10:15:30.5+00' as instant, date '2000-02-29' as day,
        '\\x0102'::bytea as bytes, '{"a":1}'::jsonb as json, '{a,b}'::text[] as texts,
        '{1,2}'::int8[] as numbers, null::int8 as nothing
      """
    )[0]
    #expect(try row.int("small") == 1)
    #expect(try row.int32("middle") == 2)
    #expect(try row.int64("large") == 3)
    #expect(try row.bool("flag"))
    #expect(try row.double("single") == 1.5)
    #expect(try row.double("double") == 2.5)
    #expect(try row.text("decimal") == "-0.00120")
    #expect(try row.double("decimal") == -0.0012)
    #expect(try row.text("text") == "text")
    #expect(try row.uuid("uuid").uuidString.lowercased() == row.text("uuid"))
    #expect(try row.date("instant").timeIntervalSince1970 == 1_763_892_930.5)
    #expect(try row.date("day").timeIntervalSince1970 == 951_782_400)
    #expect(try row.bytes("bytes") == [1, 2])
    #expect(try String(decoding: row.json("json"), as: UTF8.self) == #"{"a": 1}"#)
    #expect(try row.textArray("texts") == ["a", "b"])
    #expect(try row.int64Array("numbers") == [1, 2])
    #expect(try row.intOrNil("nothing") == nil)
    await database.close()
  }

  @Test(arguments: [
    ("missing", "is not in the result"), ("nothing", "is null"), ("text", "not an integer"),
  ])
  func `a cell that is not as asked is named`(_ column: String, _ reason: String) async throws {
    let database = try await TestDatabase.make()
    let row = try await database.pool.read("select null::int8 as nothing, 'x' as text")[0]
    let error = #expect(throws: PostgresError.self) { try row.int(column) }
    #expect(error?.kind == .decoding)
    #expect(error?.column == column)
    #expect(error?.message.contains(reason) == true)
    await database.close()
  }

  @Test func `text with a NUL is refused before it is sent`() async throws {
    let database = try await TestDatabase.make()
    let error = await #expect(throws: PostgresError.self) {
      try await database.pool.read("select $1::text", "a\0b")
    }
    #expect(error?.kind == .encoding)
    await database.close()
  }

  @Test func `a null first and a number next use one statement`() async throws {
    let database = try await TestDatabase.make()
    let statement: Statement = "select coalesce($1::integer, 5) as n"
    for value in [nil, 3, nil, 4] as [Int?] {
      #expect(try await database.pool.read(statement, value)[0].int("n") == value ?? 5)
    }
    await database.close()
  }
}
