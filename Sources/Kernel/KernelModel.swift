import PageCache

/// A kernel: every modelled function as one version executes it.
public struct KernelModel: Sendable {
    public let version: KernelVersion
    public let config: KernelConfig
    let family: KernelFamily
    /// By `Function.number`.
    public let listings: [Listing]
    /// What the statements of all listings do, one function behind the other: where a step looks.
    private let deeds: ContiguousArray<Deed>
    /// Where the labels of all listings lead, likewise.
    private let targets: ContiguousArray<Int>
    /// By function.
    private let starts: ContiguousArray<Start>

    /// An action in a struct: an element that is a function itself would be called through a
    /// wrapper, at every step.
    private struct Deed {
        let action: Action
    }

    /// The places of a function's first statement in `deeds` and of its first label in `targets`.
    private struct Start {
        let deed: Int
        let target: Int
    }

    /// - Parameters:
    ///   - isRecorded: the kernel that was recorded, where that is another: v6 and v7 are mails,
    ///     and what ran was their text put on the 4.5 tree, whose __dax_pmd_fault sets b_bdev and
    ///     hands its debug call a buffer head. False: the posting.
    ///   - config: what its configuration has beside the usual.
    public init(
        _ version: KernelVersion, of family: KernelFamily, isRecorded: Bool = false,
        config: KernelConfig = []
    ) {
        self.version = version
        self.config = config
        self.family = family
        listings = family.declarations.map {
            $0.listing(version, isRecorded: isRecorded).configured(config)
        }
        var deeds: ContiguousArray<Deed> = []
        var targets: ContiguousArray<Int> = []
        var starts: ContiguousArray<Start> = []
        for listing in listings {
            starts.append(Start(deed: deeds.count, target: targets.count))
            for statement in listing.statements { deeds.append(Deed(action: statement.action)) }
            targets += listing.targets
        }
        self.deeds = deeds
        self.targets = targets
        self.starts = starts
    }

    public func listing(of frame: Frame) -> Listing { listings[frame.function] }

    /// What one step did.
    public enum StepResult: Hashable, Sendable {
        /// One statement ran.
        case ran
        /// The task waits; nothing happened.
        case blocked(Wait)
        /// The statement was the last of the operation.
        case finished
        /// A BUG stopped the task.
        case bug
        /// The task has nothing to run.
        case idle
    }

    /// Executes the next statement of task `task`.
    public func step(_ machine: inout Machine, task: Int = 0) -> StepResult {
        machine.run(task: task)
        let depth = machine.tasks[task].frames.count - 1
        guard depth >= 0, !machine.tasks[task].isDead else { return .idle }
        // Number by number: a copy of the frame would copy its locals.
        let function = machine.tasks[task].frames[depth].function
        let number = machine.tasks[task].frames[depth].statement
        let start = starts[function]
        switch deeds[start.deed + number].action(&machine) {
        case .next:
            machine.tasks[task].frames[depth].statement = number + 1
        case .jump(let label):
            machine.tasks[task].frames[depth].statement = targets[start.target + label.number]
        case .entered:
            break
        case .returned:
            guard machine.tasks[task].frames.isEmpty else { break }
            machine.tasks[task].state = .idle
            machine.endChange(task: task)
            machine.judgements += 1
            return .finished
        case .wait(let wait):
            if machine.tasks[task].state != .waiting(wait) { machine.judgements += 1 }
            machine.tasks[task].state = .waiting(wait)
            return .blocked(wait)
        case .bug:
            machine.tasks[task].state = .dead
            return .bug
        }
        if case .waiting = machine.tasks[task].state {
            machine.tasks[task].state = .running
            machine.judgements += 1
        }
        return .ran
    }
}
