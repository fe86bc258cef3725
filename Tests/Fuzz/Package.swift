// swift-tools-version: 6.2
// The fuzzer of the scenario parser: a package of its own, because libFuzzer has to instrument all
// that it looks into, and because nothing else needs it. See README.md.
//
// `Rooms` is a link to the sources of the main package, which are built here a second time.

import PackageDescription

let instrumented: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"])]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Rooms/\(name)", swiftSettings: instrumented)
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.0")],
    targets: [
        room("NodeMemory"),
        room("RadixTree", ["NodeMemory"]),
        room("XArray", ["NodeMemory"]),
        room("PageTree", ["NodeMemory", "RadixTree", "XArray"]),
        room("PageCache", ["PageTree", "RadixTree", "XArray"]),
        room("Kernel", ["PageCache"]),
        room("Linux4", ["Kernel"]),
        room("Linux6", ["Kernel"]),
        room("Stepping", ["Linux4", "Linux6"]),
        room("Scenario", ["Stepping", .product(name: "Yams", package: "Yams")]),
        .executableTarget(
            name: "fuzz-scenario", dependencies: ["Scenario"], path: "Harness",
            swiftSettings: instrumented,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
    ],
    swiftLanguageModes: [.v6]
)
