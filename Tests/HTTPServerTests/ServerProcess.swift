import Foundation
import TestSupport

/// `http-test-helper` running; ended with its owner.
final class ServerProcess {
  private let process = Process()
  let port: Int

  init(descriptors: Int? = nil) throws {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    process.executableURL = URL(filePath: own).deletingLastPathComponent()
      .appending(path: "http-test-helper")
    process.arguments = descriptors.map { ["\($0)"] } ?? []
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = Int(line.trimmingCharacters(in: .newlines)) else {
      process.terminate()
      throw NeverHappened(description: "http-test-helper printed its port, not \(line)")
    }
    self.port = port
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var isRunning: Bool { process.isRunning }
  var exitStatus: Int32 { process.terminationStatus }
  func terminate() { process.terminate() }

  /// User and system time so far, in hundredths of a second.
  func cpuTicks() throws -> Int {
    let text = try String(
      contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
    let fields = text.split(separator: " ")
    guard fields.count > 14, let user = Int(fields[13]), let system = Int(fields[14]) else {
      throw NeverHappened(description: "/proc/PID/stat had its fields")
    }
    return user + system
  }
}
