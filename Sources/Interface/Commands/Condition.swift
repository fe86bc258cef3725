import Canvas
import Kernel
import PageCache
import Scenario

extension Command {
    /// When a command can do anything.
    enum Condition: Sendable {
        case always
        /// Something is still to run.
        case beforeEnd
        /// Something has run.
        case afterStart
        /// Something was searched for.
        case searched
        /// The scenario names several kernels.
        case manyKernels
        /// The audit finds something wrong here, or the counters are looked at.
        case hasFindings
        /// The story asks something here.
        case asked
        /// A view is shown that can be moved and enlarged.
        case hasCamera
    }

    /// The values that an argument can have.
    enum Values: Sendable {
        case any
        case onOff
        case kernels
        case themes
        case views
        case stops
        case operations
        case counters
    }

    func applies(_ state: InterfaceState) -> Bool {
        switch condition {
        case .always: true
        case .beforeEnd: state.position < state.timeline.end
        case .afterStart: state.position > 0
        case .searched: state.choices.pattern != nil
        case .manyKernels: state.run.scenario.kernels.count > 1
        case .hasFindings:
            !state.moment.findings.isEmpty
                || state.choices.focus == .counters
                    && state.position > 0
        case .asked: state.openQuestion != nil
        case .hasCamera: [.map, .diagram].contains(state.choices.view)
        }
    }

    /// Why it can do nothing now; for `KeyMap.spell`.
    var refusal: String {
        switch condition {
        case .always: "\(name) has nothing to do here"
        case .beforeEnd: "this is the end of the story; {start} goes to the start"
        case .afterStart: "this is the start; {next} goes on"
        case .searched: "nothing was searched for yet; {search} searches"
        case .hasFindings: "nothing is wrong here; {continue} goes to the next finding"
        case .asked: "nothing is asked here"
        case .hasCamera: "only the file map and the diagram can be moved and enlarged"
        case .manyKernels: "the scenario names one kernel; :kernel takes any"
        }
    }

    private static func stopValues(_ state: InterfaceState) -> [String] {
        let used = Set(state.timeline.steps.map { Int($0.function) })
        let functions = used.map { state.timeline.kernel.listings[$0].name }.sorted()
        return Breakpoint.Watched.allCases.map(\.rawValue) + ["finding"]
            + Finding.Kind.allCases.map(\.rawValue) + functions
    }

    /// Operations in the spelling of scenario files, about the page that the screen is about.
    static func operationValues(_ state: InterfaceState) -> [String] {
        let page = state.subject ?? 0
        guard state.run.scenario.tree == nil else { return treeOperationValues(state, page) }
        let maps = state.machine.vmas.filter(\.isMapped).map(\.name)
        let accesses = maps.flatMap {
            [
                "load: { map: \($0), page: \(page) }",
                "store: { map: \($0), page: \(page), value: 1 }",
            ]
        }
        let ofMappings = maps.flatMap {
            [
                "munmap: \($0)", "msync: \($0)", "mincore: \($0)",
                "madvise: { map: \($0), advice: dontneed }",
            ]
        }
        return resumes(state) + accesses + ofMappings + [
            "mmap: { name: new, pages: 0..1023 }", "fsync", "fdatasync", "pread: \(page)",
            "pwrite: { pages: \(page), value: 1 }", "dread: \(page)",
            "dwrite: { pages: \(page), value: 1 }", "readahead: \(page)",
            "fadvise: { advice: dontneed, pages: \(page) }",
            "sync-file-range: { flags: [write], pages: \(page) }", "syncfs", "truncate: 0",
            "fallocate: \(page)", "punch: { pages: \(page) }", "zero-range: \(page)",
            "collapse: \(page)", "insert: \(page)", "drop-caches", "reclaim", "unlink", "close",
            "reopen", "umount", "remount", "fail: 1", "fail: { io: 1 }", "power-loss",
        ]
    }

    /// How the tasks go on that are in the middle of something.
    private static func resumes(_ state: InterfaceState) -> [String] {
        let parked = state.run.parked(at: state.position)
        return parked.map { parked.count == 1 ? "resume" : "resume: , task: \($0)" }
    }

    /// Operations on a bare tree.
    private static func treeOperationValues(
        _ state: InterfaceState, _ index: UInt64
    ) -> [String] {
        let ofOrders = [
            "store \(index) order 9", "split \(index) order 0", "find from \(index)",
            "find from 0 mark dirty",
        ]
        return resumes(state) + [
            "store \(index)", "store \(index) entry v1", "load \(index)", "erase \(index)",
            "mark \(index) dirty", "mark \(index) writeback", "mark \(index) towrite",
            "unmark \(index) dirty",
        ] + (state.run.scenario.tree!.hasOrders ? ofOrders : []) + ["fail: 1"]
    }

    /// What the argument can be completed to.
    func values(_ state: InterfaceState) -> [String] {
        switch values {
        case .any: []
        case .onOff: ["on", "off"]
        case .kernels: Scenario.kernels(for: state.run.scenario.tree).map(\.name)
        case .stops: Self.stopValues(state)
        case .operations: Self.operationValues(state)
        case .counters: Why.Counter.allCases.map(\.rawValue)
        case .views: ViewKind.allCases.map(\.rawValue)
        case .themes: Theme.all.map(\.name)
        }
    }
}
