import Kernel
import PageCache
import PageTree

/// A story about the page cache: a file, the operations on it, what to say about each, and what
/// each kernel must show.
///
/// `docs/scenario-format.md` is the reference of the YAML spelling. A scenario is read with
/// `Scenario.read(path:)` or `Scenario.parse(_:file:)` and written with `yaml()`; what `yaml()`
/// wrote is read as an equal value.
public struct Scenario: Equatable, Sendable {
    /// Short and unique: lower-case letters, digits and `-`.
    public var name: String
    public var title: String
    /// What a reader sees before the first step; may have paragraphs. May be empty.
    public var about: String
    /// The place in the course that `radixscope list` prints, from 1, or nil when it has none.
    public var course: Int?
    /// One line: what a reader learns. May be empty.
    public var teaches: String
    /// The kernels that this scenario runs on; the first is the default. Never empty.
    public var kernels: [KernelVersion]
    /// What the configuration of all of them has beside the usual.
    public var config: KernelConfig
    /// The file before the first step; of no matter where there is only a tree.
    public var file: FileConfiguration
    /// A bare tree of this kind instead of a file: nothing but the data structure.
    public var tree: PageTree.Family?
    public var steps: [ScenarioStep]

    public init(
        name: String, title: String, about: String = "", course: Int? = nil, teaches: String = "",
        kernels: [KernelVersion], config: KernelConfig = [],
        file: FileConfiguration = FileConfiguration(size: 0), tree: PageTree.Family? = nil,
        steps: [ScenarioStep]
    ) {
        self.name = name
        self.title = title
        self.about = about
        self.course = course
        self.teaches = teaches
        self.kernels = kernels
        self.config = config
        self.file = file
        self.tree = tree
        self.steps = steps
    }

    /// The kernel that runs when nobody chooses one.
    public var defaultKernel: KernelVersion? { kernels.first }

    /// The kernels that know what a scenario about a file, or about a bare tree, asks for.
    public static func kernels(for tree: PageTree.Family?) -> [KernelVersion] {
        tree.map(KernelVersion.kernels(with:)) ?? KernelVersion.allCases
    }

    /// Whether a kernel knows what this is about.
    public func canRun(on version: KernelVersion) -> Bool {
        Self.kernels(for: tree).contains(version)
    }

    /// What a step can do, as the file spells it.
    public var operationNames: [String] { Format.operations(on: tree).map(\.name) }
}

/// One line of the story: something is done, told, asked, and checked.
///
/// Not `Step`, which is the debugger's step of one statement (see Stepping).
public struct ScenarioStep: Equatable, Sendable {
    /// What a step does.
    public enum Action: Hashable, Sendable {
        /// The task starts an operation.
        case start(Operation)
        /// The task goes on with the operation in whose middle an earlier step left it. When that
        /// operation has meanwhile ended, it does nothing, and `failures()` says so.
        case resume
    }

    /// Where the task stops, or nil to run until the operation ends.
    public struct Stop: Hashable, Sendable {
        /// Run until the task stands before the first statement of this kernel function; nil
        /// counts `statements` from where the task stands.
        public var function: String?
        /// Then run this many statements of the task.
        public var statements: Int
        /// Where the function is named.
        public var origin: Origin

        public init(
            function: String? = nil, statements: Int = 0, origin: Origin = Origin()
        ) {
            self.function = function
            self.statements = statements
            self.origin = origin
        }
    }

    public var action: Action
    /// The name of the task that acts; `ScenarioStep.defaultTask` when the file names none.
    public var task: String
    public var stop: Stop?
    /// The story, as it is when the step has ended.
    public var say: Narration
    /// Texts for what becomes so on the way there.
    public var sayAt: [PlacedText]
    /// A remark that is shown after `say`, meant for what one kernel does differently.
    public var note: Narration
    public var ask: Question?
    /// What must hold after the step. An expectation for a kernel takes precedence over one for
    /// all, condition by condition: see `conditions(for:)`.
    public var expect: [Expectation]
    public var origin: Origin

    public static let defaultTask = "app"

    public init(
        _ action: Action, task: String = ScenarioStep.defaultTask, stop: Stop? = nil,
        say: Narration = Narration(), sayAt: [PlacedText] = [], note: Narration = Narration(),
        ask: Question? = nil,
        expect: [Expectation] = [], origin: Origin = Origin()
    ) {
        self.action = action
        self.task = task
        self.stop = stop
        self.say = say
        self.sayAt = sayAt
        self.note = note
        self.ask = ask
        self.expect = expect
        self.origin = origin
    }

    /// The operation that the step starts, or nil when it resumes one.
    public var operation: Operation? {
        if case .start(let operation) = action { operation } else { nil }
    }

    /// Whether the step asks for something that need not come about: a stop, a resume, a failure.
    public var canBeUnmet: Bool {
        switch action {
        case .resume, .start(.fail), .start(.failIO): true
        case .start: stop != nil
        }
    }

    /// The conditions to check on one kernel: those that name it, and those for all kernels whose
    /// key the former do not have.
    public func conditions(for kernel: KernelVersion) -> [Located<Condition>] {
        let own = expect.filter { $0.kernels?.contains(kernel) ?? false }.flatMap(\.conditions)
        let keys = Set(own.map(\.value.key))
        let common = expect.filter { $0.kernels == nil }.flatMap(\.conditions)
        return common.filter { !keys.contains($0.value.key) } + own
    }
}

/// Text that may differ from kernel to kernel.
public struct Narration: Equatable, Sendable {
    /// For every kernel that `byKernel` does not name.
    public var all: String?
    public var byKernel: [KernelVersion: String]

    public init(_ all: String? = nil, byKernel: [KernelVersion: String] = [:]) {
        self.all = all
        self.byKernel = byKernel
    }

    public var isEmpty: Bool { all == nil && byKernel.isEmpty }

    /// The text for one kernel, or nil when there is nothing to say.
    public func text(for kernel: KernelVersion) -> String? { byKernel[kernel] ?? all }
}

/// A question to the reader, asked before the step runs.
public struct Question: Equatable, Sendable {
    /// What the answer is compared with.
    public enum Answer: Equatable, Sendable {
        /// The value that the machine shows after the step.
        case observable(Observable)
        case text(Narration)
    }

    public var question: String
    public var answer: Answer

    public init(_ question: String, answer: Answer) {
        self.question = question
        self.answer = answer
    }
}

/// What a question can ask the machine for. The names are those of the conditions.
public enum Observable: String, CaseIterable, Sendable {
    case nrpages, nrexceptional, height, nodes
    case rootTags = "root-tags"
    case findings, value, result, bug, size
}

/// A value and where it was written; equality is that of the values.
public struct Located<Value: Equatable & Sendable>: Equatable, Sendable {
    public var value: Value
    public var origin: Origin

    public init(_ value: Value, origin: Origin = Origin()) {
        self.value = value
        self.origin = origin
    }
}
