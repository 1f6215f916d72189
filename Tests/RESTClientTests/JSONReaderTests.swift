import Foundation
import Testing

@testable import RESTClient

@Suite struct JSONReaderTests {
  private func members(_ text: String) throws -> [String] {
    try members(Array(text.utf8))
  }

  /// The members that are asked for, as they were met.
  private func members(_ bytes: [UInt8]) throws -> [String] {
    var met: [String] = []
    try JSONReader.read(bytes) { reader -> Void in
      try reader.object { name, reader in
        switch name {
        case "summary": met.append("summary=\(try reader.string() ?? "nil")")
        case "": met.append("empty=\(try reader.string() ?? "nil")")
        case "größe": met.append("größe=\(try reader.string() ?? "nil")")
        default: try reader.skip()
        }
      }
    }
    return met
  }

  @Test(arguments: [
    (#"{"summary":"a"}"#, ["summary=a"]), (#"{"\u0073ummary":"a"}"#, ["summary=a"]),
    (#"{"s\u0075\u006dmary" : "a"}"#, ["summary=a"]), (#"{"summary\u0000":"a"}"#, []),
    (#"{"summar":"a","summaryy":"b","Summary":"c","summarx":"d"}"#, []),
    (#"{"summary":"a","x":[1,{"summary":"no"}],"summary":"b"}"#, ["summary=a", "summary=b"]),
    (#"{"":"a"}"#, ["empty=a"]), (#"{"größe":"a","gr\u00f6\u00DFe":"b"}"#, ["größe=a", "größe=b"]),
    (
      #"{"summary":7,"summary":null,"summary":"é\ud83d\ude00"}"#,
      ["summary=nil", "summary=nil", "summary=é😀"]
    ),
    ("{}", []), (" \n{ } \t", []), ("[1]", []),
  ])
  func `members are found by the bytes of their names`(text: String, met: [String]) throws {
    #expect(try members(text) == met)
  }

  @Test(arguments: 0..<40)
  func `quotes, escapes and controls are seen wherever they stand`(length: Int) throws {
    let filler = String(repeating: "x", count: length)
    for tail in ["", "yyyyyyyyyyyyyyyyyyyyyy"] {
      for (written, meant) in [
        ("", ""), (#"\""#, "\""), (#"\\"#, "\\"), ("é", "é"), ("\u{7F}", "\u{7F}"),
      ] {
        let text = filler + meant + tail
        let json =
          #"{"skipped":"\#(filler)\#(written)\#(tail)","summary":"\#(filler)\#(written)\#(tail)"}"#
        #expect(try members(json) == ["summary=\(text)"])
        #expect(
          try members(#"{"\#(filler)\#(written)\#(tail)":1,"summary":"b"}"#).last == "summary=b")
      }
      // A control character is passed over, but neither built nor taken for part of a name.
      #expect(try members("{\"skipped\":\"\(filler)\n\(tail)\"}").isEmpty)
      #expect(throws: JSONReader.Malformed.self) {
        try members("{\"summary\":\"\(filler)\n\(tail)\"}")
      }
      #expect(throws: JSONReader.Malformed.self) {
        try members("{\"\(filler)\n\(tail)\":1}")
      }
      #expect(throws: JSONReader.Malformed.self) { try members("{\"summary\":\"\(filler)") }
      #expect(throws: JSONReader.Malformed.self) { try members("{\"skipped\":\"\(filler)\\") }
    }
  }

  @Test func `bytes that are no UTF-8 are repaired`() throws {
    let json = Array(#"{"summary":"a"#.utf8) + [0xFF, 0xC3] + Array(#"b","x"#.utf8) + [0xFF]
    #expect(try members(json + Array(#"":1}"#.utf8)) == ["summary=a\u{FFFD}\u{FFFD}b"])
  }

  @Test func `nesting is read to its limit`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: #"{"a":["#, count: depth / 2) + String(repeating: "]}", count: depth / 2)
    }
    #expect(try members(nested(256)).isEmpty)
    let error = #expect(throws: JSONReader.Malformed.self) { try members(nested(258)) }
    #expect(error?.description == "it is nested too deeply")
  }

  @Test func `what is met again is known by all its bytes`() throws {
    var found: [Int?] = []
    let json = #"[{"a":1}, {"a":1},{"a":2},{"a":1},[{"a":1}],12,{"a":11},{"a":1 }]"#
    try JSONReader.read(Array(json.utf8)) { reader -> Void in
      var places: [Range<Int>] = []
      try reader.array { reader in
        let index = reader.passRepeat(of: places)
        found.append(index)
        guard index == nil else { return }
        let start = reader.position
        try reader.skip()
        places.append(start..<reader.position)
      }
    }
    #expect(found == [nil, 0, nil, 0, nil, nil, nil, nil])
  }
}
