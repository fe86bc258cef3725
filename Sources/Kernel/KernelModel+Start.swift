import PageCache

/// Why an operation cannot begin.
public enum StartError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The task is in the middle of another operation.
    case busy(task: String)
    case dead(task: String)
    case noSuchMapping(String)
    case mappingExists(String)
    case outsideMapping(page: UInt64, map: String)
    /// The model does not cut mappings, as MAP_FIXED over others would.
    case addressTaken(by: String)
    case noPower
    /// The model does not know the operation on tmpfs.
    case notOnTmpfs(String)
    /// The kernel has no such operation, or the model has not got it.
    case notModelled(String, KernelVersion)

    public var description: String {
        switch self {
        case .busy(let task): "task \(task) is in the middle of an operation"
        case .dead(let task): "task \(task) was killed by a BUG"
        case .noSuchMapping(let name): "nothing is mapped as \(name)"
        case .mappingExists(let name): "\(name) is mapped already"
        case .outsideMapping(let page, let map): "page \(page) lies outside of mapping \(map)"
        case .addressTaken(let map): "the addresses belong to mapping \(map)"
        case .noPower: "the machine has no power any more"
        case .notOnTmpfs(let operation): "\(operation) is not modelled on tmpfs"
        case .notModelled(let operation, let version):
            "\(operation) of \(version.name) is not modelled"
        }
    }
}

extension KernelModel {
    /// Lets task `task` begin `operation`: its first statement is the next that `step` executes.
    ///
    /// `.fail` has no statements; it is done at once.
    public func start(
        _ operation: Operation, on machine: inout Machine, task: Int = 0
    ) throws(StartError) {
        try check(machine, task)
        if case .fail(let call) = operation {
            machine.failingAllocation = call
            return
        }
        if case .failIO(let call) = operation {
            machine.failingIO = call
            return
        }
        var locals = Locals()
        let function = try family.entry(operation, version, &locals, &machine)
        if let page = operation.firstShiftedPage {
            machine.beginShift(from: page, task: task)
        } else if let bytes = operation.changedBytes(of: machine.inode) {
            machine.beginChange(of: bytes, task: task)
        }
        machine.tasks[task].isDirect = operation.isDirect
        begin(function, locals, on: &machine, task)
    }

    /// Lets task `task` begin a function of the model's family with these locals, on its own.
    public func start(
        _ function: Function, _ locals: Locals, on machine: inout Machine, task: Int = 0
    ) throws(StartError) {
        try check(machine, task)
        begin(function, locals, on: &machine, task)
    }

    private func check(_ machine: Machine, _ task: Int) throws(StartError) {
        guard machine.hasPower else { throw .noPower }
        guard !machine.tasks[task].isDead else { throw .dead(task: machine.tasks[task].name) }
        guard machine.tasks[task].frames.isEmpty else {
            throw .busy(task: machine.tasks[task].name)
        }
    }

    private func begin(
        _ function: Function, _ locals: Locals, on machine: inout Machine, _ task: Int
    ) {
        machine.tasks[task].outcome = Outcome()
        machine.tasks[task].state = .running
        machine.tasks[task].pagevecs.removeAll(keepingCapacity: true)
        machine.tasks[task].frames.append(
            Frame(function: Int(function.number), locals: locals))
        machine.run(task: task)
        machine.allocator.beginOperation(failingCall: machine.failingAllocation)
        machine.failingAllocation = nil
        machine.tasks[task].transfers = Transfers(failing: machine.failingIO)
        machine.failingIO = nil
    }

    /// Runs task `task` until its operation has ended, waits, or `limit` statements have run.
    @discardableResult
    public func run(_ machine: inout Machine, task: Int = 0, limit: Int = .max) -> StepResult {
        var count = 0
        while count < limit {
            let result = step(&machine, task: task)
            guard result == .ran else { return result }
            count += 1
        }
        return .ran
    }
}
