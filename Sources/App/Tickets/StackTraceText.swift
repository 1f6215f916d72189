import JiraClient
import SentryClient

/// A stack trace as the lines of a code block, the newest frame first: every frame of the application,
/// marked and with its source, and the system's frames as counts.
struct StackTraceText {
  let detail: TicketDetail
  private var lines: [String] = []
  private var shown = 0

  static func text(_ stack: SentryStackTrace, _ detail: TicketDetail) -> String {
    var writer = StackTraceText(detail: detail)
    let frames = Array(stack.frames.reversed())
    if frames.contains(where: \.inApp) {
      writer.writeApplication(frames)
    } else {
      writer.writeSystem(frames)
    }
    if stack.omitted > 0 {
      writer.note("\(TicketText.plural(stack.omitted, "frame")) not recorded")
    }
    return writer.lines.joined(separator: "\n")
  }

  private init(detail: TicketDetail) { self.detail = detail }

  private mutating func note(_ words: String) { lines.append("  … \(words)") }

  /// The system's frames above the newest frame of the application come last: they say where it ended,
  /// not where to look.
  private mutating func writeApplication(_ frames: [SentryFrame]) {
    let above = frames.prefix { !$0.inApp }
    var system = 0
    for (index, frame) in frames.enumerated().dropFirst(above.count) {
      guard frame.inApp else {
        system += 1
        continue
      }
      guard shown < detail.maxFrames else {
        let rest = frames[index...].count(where: \.inApp)
        system = 0
        note("\(TicketText.plural(rest, "more frame")) of the application in Sentry")
        break
      }
      if system > 0 { note(TicketText.plural(system, "system frame")) }
      system = 0
      lines.append("▶ \(Self.line(frame)) (in app)")
      writeContext(frame)
      shown += 1
    }
    if system > 0 { note(TicketText.plural(system, "system frame")) }
    if let innermost = above.first {
      lines.append(
        "  \(TicketText.plural(above.count, "system frame")) deeper: \(Self.line(innermost))")
    }
  }

  private mutating func writeSystem(_ frames: [SentryFrame]) {
    let most = max(1, detail.maxFrames / 2)
    lines += frames.prefix(most).map { "  \(Self.line($0))" }
    if frames.count > most { note(TicketText.plural(frames.count - most, "more system frame")) }
  }

  private mutating func writeContext(_ frame: SentryFrame) {
    guard shown < detail.framesWithSource, let number = frame.lineNumber else { return }
    let around = frame.context.filter {
      $0.number.subtractingReportingOverflow(number).partialValue.magnitude
        <= detail.sourceLinesAround
    }
    guard around.contains(where: { $0.number == number && !$0.text.isEmpty }) else { return }
    let width = around.map { String($0.number).count }.max() ?? 0
    for line in around {
      let digits = String(line.number)
      let padded = String(repeating: " ", count: width - digits.count) + digits
      let text = line.text.withoutControls.replacing("\n", with: " ")
      let mark = line.number == number ? ">" : " "
      let source = TicketText.cut(text, to: Self.maxSourceUnits)
      lines.append("    \(mark) \(padded) | \(source)".trimmingSuffix(while: \.isWhitespace))
    }
  }

  private static let maxSourceUnits = 160
  private static let maxPlaceUnits = 200
  private static let maxFunctionUnits = 150

  /// As Sentry's own pages write it: `src/cart.js in total at line 17:4`.
  static func line(_ frame: SentryFrame) -> String {
    var text = TicketText.end(of: place(frame).onOneLine, to: maxPlaceUnits)
    if let function = frame.function?.onOneLine, !function.isEmpty {
      let kept = function.prefix(units: maxFunctionUnits)
      text += " in \(kept)"
      if kept.endIndex != function.endIndex {
        text += "… (\(TicketText.number(function.units - String(kept).units)) more characters)"
      }
    }
    if let line = frame.lineNumber, line > 0 {
      text += " at line \(line)"
      if let column = frame.columnNumber, column > 0 { text += ":\(column)" }
    } else if let address = frame.address {
      text += " at \(address)"
    }
    return text
  }

  /// A path says where a frame is; a file's name alone does not, its class or library does.
  private static func place(_ frame: SentryFrame) -> String {
    guard let file = frame.file else {
      return frame.module ?? frame.package.map(name) ?? "?"
    }
    if file.hasPrefix("http://") || file.hasPrefix("https://") {
      return String(file.prefix { $0 != "?" && $0 != "#" })
    }
    guard !file.contains("/"), !file.contains("\\") else { return file }
    if let module = frame.module, module.contains(".") || module.contains("::") {
      return "\(module) (\(file))"
    }
    if let package = frame.package { return "\(name(package)) (\(file))" }
    return file
  }

  /// Of a library: without its folders.
  private static func name(_ package: String) -> String {
    String(package.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? package[...])
  }
}

extension String {
  fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, isDropped(last) { text.removeLast() }
    return String(text)
  }
}
