/// A data type by its OID, as `pg_type` fixes it for the built-in ones.
package struct PostgresType: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }
  private init(_ oid: UInt32) { rawValue = oid }

  /// The server infers the type from the statement; such values travel as text.
  package static let unspecified = PostgresType(0)
  package static let bool = PostgresType(16)
  package static let bytea = PostgresType(17)
  package static let char = PostgresType(18)
  package static let name = PostgresType(19)
  package static let int8 = PostgresType(20)
  package static let int2 = PostgresType(21)
  package static let int4 = PostgresType(23)
  package static let text = PostgresType(25)
  package static let oid = PostgresType(26)
  package static let json = PostgresType(114)
  package static let float4 = PostgresType(700)
  package static let float8 = PostgresType(701)
  package static let unknown = PostgresType(705)
  package static let bpchar = PostgresType(1042)
  package static let varchar = PostgresType(1043)
  package static let date = PostgresType(1082)
  package static let timestamp = PostgresType(1114)
  package static let timestamptz = PostgresType(1184)
  package static let numeric = PostgresType(1700)
  package static let void = PostgresType(2278)
  package static let uuid = PostgresType(2950)
  package static let jsonb = PostgresType(3802)

  package static let boolArray = PostgresType(1000)
  package static let byteaArray = PostgresType(1001)
  package static let int2Array = PostgresType(1005)
  package static let int4Array = PostgresType(1007)
  package static let textArray = PostgresType(1009)
  package static let varcharArray = PostgresType(1015)
  package static let int8Array = PostgresType(1016)
  package static let float8Array = PostgresType(1022)
  package static let timestamptzArray = PostgresType(1185)
  package static let uuidArray = PostgresType(2951)

  /// Types made in the database (enums, citext …): their binary form is taken as text.
  var isUserDefined: Bool { rawValue >= 16384 }

  /// Whether the binary form is the text itself.
  var isTextual: Bool {
    switch self {
    case .text, .varchar, .bpchar, .name, .char, .unknown, .json: true
    default: isUserDefined
    }
  }
}
