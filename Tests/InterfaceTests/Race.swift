import Foundation
import Kernel
import PageCache
import Scenario

/// The scenarios that the project ships.
enum Library {
    static var scenarios: [Scenario] {
        get throws {
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("scenarios")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try files.filter { $0.hasSuffix(".yml") }.sorted().map {
                try Scenario.read(path: folder.appendingPathComponent($0).path)
            }
        }
    }
}

/// Two or three tasks that do things to a file and are stopped in the middle of them.
struct Race {
    var scenario: Scenario
    var version: KernelVersion

    static func random(_ generator: inout SplitMix) -> Race {
        let version = KernelVersion.allCases.randomElement(using: &generator)!
        let fileSystem = [FileSystem.xfs, .ext4, .ext2].randomElement(using: &generator)!
        let hasDAX = Int.random(in: 0..<5, using: &generator) > 0
        let states: [BlockState] =
            fileSystem == .ext2 ? [.hole, .written] : [.hole, .hole, .unwritten, .written]
        let extents = [0...15, 512...1023].map { blocks in
            FileConfiguration.Extent(
                blocks: blocks, state: states.randomElement(using: &generator)!)
        }
        let file = FileConfiguration(
            size: 4 << 20, fileSystem: fileSystem, dax: hasDAX, extents: extents)
        var steps = [
            ScenarioStep(
                .start(.mmap(name: "small", first: 0, pages: 1024, shared: true, aligned: false))),
            ScenarioStep(
                .start(.mmap(name: "huge", first: 0, pages: 1024, shared: true, aligned: true))),
        ]
        let tasks = ["app", "reader", "writer"]
        var parked: Set<String> = []
        for _ in 0..<Int.random(in: 12...30, using: &generator) {
            let task = tasks.randomElement(using: &generator)!
            let stop = Bool.random(using: &generator) ? Self.stop(&generator) : nil
            let action: ScenarioStep.Action =
                parked.contains(task) ? .resume : .start(operation(&generator))
            steps.append(ScenarioStep(action, task: task, stop: stop))
            if stop == nil { parked.remove(task) } else { parked.insert(task) }
        }
        let scenario = Scenario(
            name: "race", title: "A race", kernels: [version], file: file, steps: steps)
        return Race(scenario: scenario, version: version)
    }

    /// After some statements, or in one of the functions between which the races are.
    private static func stop(_ generator: inout SplitMix) -> ScenarioStep.Stop {
        let functions = [
            "dax_insert_mapping", "dax_load_hole", "dax_radix_entry", "dax_pfn_mkwrite",
            "truncate_inode_pages_range", "dax_writeback_one", "page_cache_tree_insert",
            "wp_pfn_shared", "delete_from_page_cache", "invalidate_inode_pages2_range",
        ]
        let function =
            Bool.random(using: &generator) ? functions.randomElement(using: &generator) : nil
        return ScenarioStep.Stop(
            function: function,
            statements: .random(in: function == nil ? 1...90 : 0...6, using: &generator))
    }

    private static func operation(_ generator: inout SplitMix) -> Kernel.Operation {
        let page = [UInt64(0), 3, 512, 515].randomElement(using: &generator)!
        let map = ["small", "huge"].randomElement(using: &generator)!
        let value = UInt8.random(in: 1...255, using: &generator)
        switch Int.random(in: 0..<24, using: &generator) {
        case 0...6: return .store(map: map, page: page, value: value)
        case 7...13: return .load(map: map, page: page)
        case 14, 15: return .pwrite(first: page, pages: 1, value: value)
        case 16, 17: return .punch(offset: page * 4096, length: 4096)
        case 18, 19: return .fsync
        case 20: return .truncate(size: (page + 1) * 4096)
        case 21: return .dropCaches
        case 22: return .munmap(map: map)
        default: return .reclaim(page: page)
        }
    }
}
