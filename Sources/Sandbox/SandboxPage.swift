import Foundation

/// A plain page with one table.
func sandboxPage(_ title: String, _ columns: [String], _ rows: [String]) -> String {
  """
  <!doctype html><html lang=en><meta charset=utf-8><title>\(title)</title>
  <style>body{font:15px system-ui;margin:2rem}td,th{padding:.3rem .8rem;text-align:left;\
  border-bottom:1px solid #ddd}form{display:inline}</style>
  <h1>\(title)</h1><table><tr>\(columns.map { "<th>\($0)" }.joined())
  \(rows.joined(separator: "\n"))
  </table></html>
  """
}

func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}

/// A value of an `application/x-www-form-urlencoded` body.
func formValue(_ name: String, in bytes: [UInt8]) -> String? {
  for pair in String(decoding: bytes, as: UTF8.self).split(separator: "&") {
    let parts = pair.split(separator: "=", maxSplits: 1).map {
      $0.replacing("+", with: " ").removingPercentEncoding ?? String($0)
    }
    if parts.count == 2, parts[0] == name { return parts[1] }
  }
  return nil
}
