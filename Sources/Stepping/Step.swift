import Kernel
import PageCache

/// What one position of a timeline did, in eight bytes: enough to walk over a timeline without
/// executing it again.
public struct Step: Hashable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// An operation began; its first statement is next.
        case began
        /// A statement ran.
        case ran
        /// A statement ran, the last of its operation.
        case finished
        /// The statement could not run: the task waits.
        case blocked
        /// A BUG stopped the task.
        case bug
        /// The operation could not begin.
        case refused
    }

    public var kind: Kind
    /// A position in `Machine.tasks`.
    public var task: UInt8
    /// Frames on the task's stack when the statement began, 0 for the outermost.
    public var depth: UInt8
    /// The number of the function (`Function.rawValue`) that the statement belongs to.
    public var function: UInt16
    public var statement: UInt16
}

/// Something that happened along a timeline, for its bar and for breakpoints.
public struct OperationSpan: Hashable, Sendable {
    /// Of the plan, from 0.
    public var directive: Int
    /// The name of the task that runs it.
    public var task: String
    /// What the task is in the middle of: what it began, or went on with; nil where it was to go
    /// on and had nothing to go on with.
    public var operation: Kernel.Operation?
    /// The task goes on with an operation that began earlier.
    public var isResumed: Bool
    /// The position at which the operation has begun and nothing of it has run.
    public var start: Int
    /// The position after its last statement.
    public var end: Int
    /// Why it could not begin.
    public var refusal: String?
    /// What its directive asked for and did not get.
    public var unmet: Unmet?

    /// Such as "store m[3] = 0x33", or "store m[3] = 0x33, goes on".
    public var text: String {
        guard let operation else { return "goes on" }
        return operation.description + (isResumed ? ", goes on" : "")
    }
}
