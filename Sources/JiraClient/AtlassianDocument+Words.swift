import RESTClient

extension AtlassianDocument {
  /// The document's words: blocks on lines of their own, cells of a row separated by tabs.
  package var plainText: String { words.text }

  /// The addresses of the web that the document leads to, each once, in their order: those in its
  /// words, those behind its words (`link` marks) and those of its cards.
  package var addresses: [String] { words.addresses }

  /// Reads a document of a page.
  ///
  /// - Returns: nil for what is no document, which is passed over.
  init?(_ reader: inout JSONReader, _ nodes: inout DocumentNodes) throws {
    reader.checksSkipped = true
    defer { reader.checksSkipped = false }
    if let text = try nodes.read(&reader) {
      self.init(plainText: text)
    } else if nodes.isDocument {
      self.init(ReadDocument(json: nodes.json(reader), words: DocumentWords(nodes, reader)))
    } else {
      return nil
    }
  }
}

/// A document of a page, and what it says: that is found in passing.
struct ReadDocument: Sendable {
  var json: [UInt8]
  var words: DocumentWords
}

/// What a document says and where it leads to.
struct DocumentWords: Sendable {
  var text = ""
  var addresses: [String] = []

  init(_ nodes: DocumentNodes, _ reader: JSONReader) {
    var writer = DocumentWriter(nodes, reader)
    writer.write()
    text = writer.trimmedText
    addresses = writer.addresses
  }

  /// Of a document that was made here, or decoded: its nodes are written and read, so that there is one
  /// reading of them only. Foundation's decoder allows a deeper nesting than `JSONReader`.
  init(of json: JSONValue) {
    var nodes = DocumentNodes()
    let words = try? JSONReader.read(json.encoded(), deepest: .max) { reader in
      _ = try nodes.read(&reader)
      return DocumentWords(nodes, reader)
    }
    if let words { self = words }
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
