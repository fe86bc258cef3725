import Kernel
import PageCache

/// What a directive asked for and did not get. A BUG is none: it ends a plan wherever that is, and
/// is told as the BUG.
public enum Unmet: Hashable, Sendable {
    /// The task did not come to this function.
    case function(String, How)
    /// It ran fewer statements than it was to, counted from the function when there is one.
    case statements(Int, asked: Int, function: String?, How)
    /// The task had no operation to go on with.
    case nothingToResume
    /// The operation after it made fewer node allocations than the one that was to fail.
    case allocations(Int, asked: Int)
    /// The operation after it read and wrote fewer pages and blocks on the device.
    case transfers(Int, asked: Int)
    /// No operation was there to fail.
    case noOperation

    /// How the directive came to its end instead.
    public enum How: Hashable, Sendable {
        case ended
        case waits(Wait)
    }
}

extension Unmet: CustomStringConvertible {
    /// What the step did, as the end of a sentence about it: `never came to dax_load_hole`.
    public var description: String {
        switch self {
        case .function(let name, .ended): return "never came to \(name)"
        case .function(let name, .waits(let wait)):
            return "waits for \(wait.name) and has not come to \(name)"
        case .statements(let count, let asked, let function, let how):
            let from = function.map { " from \($0) on" } ?? ""
            let end =
                switch how {
                case .ended: "ended after"
                case .waits(let wait): "waits for \(wait.name) after"
                }
            return "\(end) \(count) of \(counted(asked, "statement"))\(from)"
        case .nothingToResume: return "had nothing to resume: the task's operation had ended"
        case .allocations(let count, let asked):
            let made = counted(count, "node allocation")
            return "let nothing fail: the operation made \(made), not \(asked)"
        case .transfers(let count, let asked):
            let made = counted(count, "page")
            return "let nothing fail: the operation read and wrote \(made), not \(asked)"
        case .noOperation: return "let nothing fail: no operation followed"
        }
    }
}

/// A node allocation or an I/O that is to fail.
struct FailingCall: Sendable {
    enum Kind: Sendable {
        case allocation, transfer
    }

    var kind: Kind
    /// The directive that asked for it.
    var directive: Int
    /// Which call, from 1.
    var call: Int
    /// The task whose operation it is; nil before one has begun.
    var task: Int?
}

extension Checkpoint {
    /// What became of the call that is to fail, after a step of task `task`.
    mutating func watchFailing(_ task: Int, _ result: KernelModel.StepResult) {
        guard let failing, failing.task == task else { return }
        let calls =
            switch failing.kind {
            case .allocation: machine.allocator.calls
            case .transfer: machine.tasks[task].transfers.count
            }
        if calls >= failing.call || result == .bug {
            settle(failing, nil)
        } else if result == .finished {
            settle(
                failing,
                failing.kind == .allocation
                    ? .allocations(calls, asked: failing.call)
                    : .transfers(calls, asked: failing.call))
        }
    }

    /// What is to fail is of the first operation that begins.
    mutating func beginWatching(task: Int) {
        if failing?.task == nil { failing?.task = task }
    }

    mutating func settle(_ failing: FailingCall, _ unmet: Unmet?) {
        settled.append((failing.directive, unmet))
        self.failing = nil
    }
}
