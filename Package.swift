// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "IssueBridge",
  products: [.executable(name: "issuebridge", targets: ["issuebridge"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // C libraries: module maps and a few lines of shim.
    .target(name: "CEpoll"),
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Foundations: each knows only what stands above it in this list.
    .target(name: "Reactors", dependencies: ["CEpoll"]),
    .target(name: "Cryptography", dependencies: ["COpenSSL"]),
    .target(
      name: "HTTPServer",
      dependencies: [
        "Reactors", "CEpoll", .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .target(
      name: "Postgres",
      dependencies: [
        "CLibpq", "CEpoll", "Reactors", "Cryptography",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "JobQueue",
      dependencies: ["Postgres", .product(name: "Logging", package: "swift-log")]),
    .target(
      name: "RESTClient",
      dependencies: ["CLibcurl", .product(name: "HTTPTypes", package: "swift-http-types")]),
    .target(name: "JiraClient", dependencies: ["RESTClient"]),
    .target(name: "SentryClient", dependencies: ["RESTClient"]),
    .target(
      name: "Sandbox",
      dependencies: [
        "HTTPServer", "RESTClient", "Cryptography",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),

    // The service and its command line.
    .target(
      name: "App",
      dependencies: [
        "HTTPServer", "Reactors", "Postgres", "JobQueue", "RESTClient", "JiraClient",
        "SentryClient", "Cryptography", "CZlib",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .executableTarget(
      name: "issuebridge",
      dependencies: [
        "App", "Sandbox", "HTTPServer", "Postgres",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),

    // What scripts/bench loads.
    .executableTarget(
      name: "http-bench",
      dependencies: [
        "HTTPServer", "Reactors", "Postgres",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ], path: "Benchmarks/HTTPBench"),
    .executableTarget(
      name: "postgres-bench",
      dependencies: ["Postgres", "Reactors", "JobQueue"], path: "Benchmarks/PostgresBench"),

    .executableTarget(
      name: "sync-bench", dependencies: ["JiraClient", "RESTClient"], path: "Benchmarks/SyncBench"),

    // Tests: one target a module.
    .target(
      name: "TestSupport",
      dependencies: [
        "Postgres", "Reactors", "Sandbox", "HTTPServer", "RESTClient",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ], path: "Tests/TestSupport"),
    .testTarget(name: "ReactorsTests", dependencies: ["Reactors"]),
    .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"]),
    .executableTarget(
      name: "http-test-helper", dependencies: ["HTTPServer", "Reactors"],
      path: "Tests/HTTPTestHelper"),
    .testTarget(
      name: "HTTPServerTests",
      dependencies: [
        "HTTPServer", "Reactors", "TestSupport", "http-test-helper",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .testTarget(
      name: "PostgresTests",
      dependencies: [
        "Postgres", "Reactors", "TestSupport", .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "JobQueueTests",
      dependencies: [
        "JobQueue", "Postgres", "TestSupport", .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "RESTClientTests",
      dependencies: [
        "RESTClient", "HTTPServer", "Reactors", "TestSupport", "CZlib",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .testTarget(
      name: "JiraClientTests", dependencies: ["JiraClient", "RESTClient", "TestSupport"]),
    .testTarget(
      name: "SentryClientTests", dependencies: ["SentryClient", "RESTClient", "TestSupport"]),
    .testTarget(
      name: "SandboxTests",
      dependencies: ["Sandbox", "JiraClient", "SentryClient", "RESTClient", "TestSupport"]),
    .testTarget(
      name: "AppTests",
      dependencies: [
        "App", "Postgres", "JobQueue", "JiraClient", "SentryClient", "RESTClient", "Sandbox",
        "HTTPServer", "Reactors", "Cryptography", "TestSupport", "issuebridge",
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// One set of rules for every Swift target.
let cTargets: Set = ["CEpoll", "CLibpq", "CLibcurl", "COpenSSL", "CZlib"]
for target in package.targets where !cTargets.contains(target.name) {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
  ]
}
