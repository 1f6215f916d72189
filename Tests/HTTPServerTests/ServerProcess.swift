import Foundation
import Glibc
import TestSupport

/// `http-test-helper` running; ended with its owner.
///
/// Not by Foundation's `Process`: its `run` crashes now and then while other threads open descriptors.
final class ServerProcess {
  private let pid: pid_t
  let port: Int
  private(set) var exitStatus: Int32?

  init(descriptors: Int? = nil) throws {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let helper = URL(filePath: own).deletingLastPathComponent().appending(path: "http-test-helper")
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw NeverHappened(description: "a pipe was made") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(helper.path)]
    if let descriptors { arguments.append(strdup("\(descriptors)")) }
    arguments.append(nil)
    var pid: pid_t = 0
    let code = posix_spawn(&pid, helper.path, &actions, nil, arguments, environ)
    for argument in arguments { free(argument) }
    posix_spawn_file_actions_destroy(&actions)
    close(ends[1])
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = code == 0 ? read(ends[0], &buffer, buffer.count) : -1
    close(ends[0])
    self.pid = pid
    let line = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    guard code == 0, let port = Int(line.trimmingCharacters(in: .newlines)) else {
      throw NeverHappened(description: "http-test-helper printed its port, not \(line)")
    }
    self.port = port
  }

  deinit {
    guard pid > 0, isRunning else { return }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  var isRunning: Bool {
    if exitStatus != nil { return false }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return true }
    // The exit code, or the number of the signal made negative.
    exitStatus = status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
    return false
  }

  func terminate() { kill(pid, SIGTERM) }

  /// User and system time so far, in hundredths of a second.
  func cpuTicks() throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    let fields = text.split(separator: " ")
    guard fields.count > 14, let user = Int(fields[13]), let system = Int(fields[14]) else {
      throw NeverHappened(description: "/proc/PID/stat had its fields")
    }
    return user + system
  }
}
