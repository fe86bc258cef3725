import Foundation
import Testing

/// The house rules that a test can hold.
enum Tree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func files(in folder: String, suffix: String) -> [URL] {
        let base = root.appendingPathComponent(folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String }
        // The fuzzer's package builds in a folder of its own below Tests.
        return (names ?? []).filter { $0.hasSuffix(suffix) && !$0.contains(".build/") }.sorted()
            .map { base.appendingPathComponent($0) }
    }

    static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard line.hasPrefix("import ") else { return nil }
            return line.dropFirst(7).split(separator: " ").last.map {
                String($0.split(separator: ".")[0])
            }
        }
    }
}

@Suite struct TidyTests {
    /// ARCHITECTURE.md's table: who may import whom.
    static let rooms: [String: Set<String>] = [
        "NodeMemory": ["Synchronization"],
        "RadixTree": ["NodeMemory"],
        "XArray": ["NodeMemory"],
        "PageTree": ["NodeMemory", "RadixTree", "XArray"],
        "PageCache": ["PageTree", "RadixTree", "XArray"],
        "Kernel": ["PageCache", "PageTree", "Synchronization"],
        "Linux4": ["Kernel", "PageCache", "PageTree", "RadixTree"],
        "Linux6": ["Kernel", "PageCache", "PageTree", "XArray"],
        "Stepping": ["Kernel", "Linux4", "Linux6", "PageCache", "PageTree"],
        "Scenario": [
            "Stepping", "Kernel", "PageCache", "PageTree", "Yams", "Foundation", "Glibc",
        ],
        "Canvas": [],
        "Interface": [
            "Stepping", "Scenario", "Canvas", "Kernel", "PageCache", "PageTree",
        ],
        "Recording": [
            "Canvas", "Stepping", "Interface", "Scenario", "Kernel", "PageCache", "PageTree",
            "Foundation",
        ],
        "Terminal": ["Canvas", "CTerminal", "Foundation", "Glibc"],
        "Conformance": [
            "Stepping", "Kernel", "Linux4", "Linux6", "PageCache", "RadixTree", "XArray",
            "Foundation",
        ],
    ]

    @Test(arguments: rooms.keys.sorted())
    func aRoomImportsOnlyWhatStandsBelowIt(_ room: String) throws {
        let files = Tree.files(in: "Sources/\(room)", suffix: ".swift")
        #expect(!files.isEmpty)
        for file in files {
            for name in try Tree.imports(of: file) {
                #expect(
                    Self.rooms[room]!.contains(name), "\(file.lastPathComponent) imports \(name)")
            }
        }
    }

    /// Who shows a tree does not ask which one it is.
    @Test(arguments: ["Stepping", "Scenario", "Interface", "Recording"])
    func aRoomAbovePageTreeNamesNoFamily(_ room: String) throws {
        for file in Tree.files(in: "Sources/\(room)", suffix: ".swift") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["RadixTree", "XArray", "xarray", "radixTree", ".family"] {
                #expect(!text.contains(word), "\(file.lastPathComponent) names \(word)")
            }
        }
    }

    @Test func filesFitAScreenOrTwo() throws {
        for file in Tree.files(in: "Sources", suffix: ".swift") {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 400, "\(file.lastPathComponent): \(lines.count) lines")
            for (i, line) in lines.enumerated() {
                #expect(line.count <= 100, "\(file.lastPathComponent):\(i + 1)")
            }
        }
    }

    @Test func nothingIsLeftForLater() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", ".dis" + "abled("]
        for folder in ["Sources", "Tests"] {
            for file in Tree.files(in: folder, suffix: ".swift") {
                let text = try String(contentsOf: file, encoding: .utf8)
                for mark in marks where text.contains(mark) {
                    Issue.record("\(file.lastPathComponent) holds \(mark)")
                }
            }
        }
    }
}
