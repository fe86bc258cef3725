// swift-tools-version: 6.2
// radixscope: a debugger you can point at the Linux page cache.
//
// The targets are the rooms of ARCHITECTURE.md, listed from the bottom up: a target may depend
// only on what stands above it in its own `dependencies` list, and a test holds that table.

import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ room: Target.Dependency, _ name: String, _ more: [Target.Dependency] = [],
    goldens: Bool = false
) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [room] + more, exclude: goldens ? ["Goldens"] : [],
        swiftSettings: strict)
}

let package = Package(
    name: "radixscope",
    products: [
        .executable(name: "radixscope", targets: ["radixscope"]),
        .executable(name: "radixscope-bench", targets: ["radixscope-bench"]),
        .library(name: "RadixTree", targets: ["RadixTree"]),
        .library(name: "XArray", targets: ["XArray"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
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
        room("Conformance", ["Stepping", "Linux6"]),
        room("Scenario", ["PageTree", "Stepping", .product(name: "Yams", package: "Yams")]),
        room("Canvas"),
        room("Interface", ["PageTree", "Stepping", "Scenario", "Canvas"]),
        room("Recording", ["PageTree", "Canvas", "Stepping", "Interface"]),
        .target(
            name: "CTerminal",
            cSettings: [.enableWarning("all"), .treatAllWarnings(as: .error)],
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        room("Terminal", ["Canvas", "CTerminal"]),
        .target(name: "CHeap"),
        .executableTarget(
            name: "radixscope",
            dependencies: [
                "Recording", "Terminal", "Conformance", "CHeap",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "radixscope-bench",
            dependencies: [
                "RadixTree", "XArray", "Stepping", "Scenario", "Recording", "Interface",
                "Terminal", "CHeap",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HashTreeCollections", package: "swift-collections"),
            ],
            swiftSettings: strict),
        tests("RadixTree", "RadixTree"),
        tests("XArray", "XArray"),
        tests("PageTree", "PageTree"),
        tests("Conformance", "Conformance"),
        tests("PageCache", "PageCache"),
        tests("Linux4", "Kernel", ["Stepping"]),
        tests("Linux6", "Linux6"),
        tests("Stepping", "Stepping", ["Scenario"]),
        tests("Scenario", "Scenario"),
        tests("Canvas", "Canvas", ["GoldenSupport"], goldens: true),
        tests("Interface", "Interface", ["GoldenSupport"], goldens: true),
        tests("Recording", "Recording", ["GoldenSupport"], goldens: true),
        tests("Terminal", "Terminal"),
        tests("Scenario", "Library"),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TerminalProbe"], swiftSettings: strict),
        .executableTarget(
            name: "TerminalProbe", dependencies: ["Terminal"], path: "Tests/TerminalProbe",
            swiftSettings: strict),
        .target(name: "GoldenSupport", path: "Tests/GoldenSupport", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
