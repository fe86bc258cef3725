import Kernel

/// One line of a plan: what a task is to do, and how far.
public struct Directive: Hashable, Sendable {
    /// Where the task stops before its operation has ended.
    public enum Stop: Hashable, Sendable {
        /// Run to the end of the operation.
        case end
        /// Stop before the first statement of this function, or so many statements into it.
        case function(String, statements: Int)
        /// Stop after this many statements.
        case statements(Int)
    }

    /// The task's name; a new name makes a new task.
    public var task: String
    /// What it begins; nil: it goes on with what it is in the middle of, if it still is.
    public var operation: Kernel.Operation?
    public var stop: Stop

    public init(task: String = "app", _ operation: Kernel.Operation?, stop: Stop = .end) {
        self.task = task
        self.operation = operation
        self.stop = stop
    }
}
