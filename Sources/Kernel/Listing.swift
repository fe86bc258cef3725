import PageCache

/// What a statement says comes next.
public enum Next: Sendable {
    /// The statement that stands below.
    case next
    case jump(Label)
    /// The statement called a function; a new frame is on the stack.
    case entered
    /// The function returned; its frame is gone.
    case returned
    /// The statement could not run: what it needs is held. It runs again when that is free.
    case wait(Wait)
    /// A BUG_ON fired: the task is dead.
    case bug
}

/// A place in a listing that statements can jump to.
public struct Label: Sendable {
    var number: Int
}

/// What a statement does.
public typealias Action = @Sendable (inout Machine) -> Next

/// One statement of a kernel function, in our own words: one stop of the debugger.
public struct Statement: Sendable {
    /// What the listing pane shows.
    public var text: String
    /// The rows of docs/kernel/micro-steps.md that this statement is, such as "H6" or "B2 A15";
    /// empty for the steps between them.
    public var row: String
    /// The line in that kernel's source; nil where that source is not at hand (v6 to v8 are known
    /// from mails, which tell the lines of one function of v6).
    public var line: Int?
    /// What the kernel's configuration must have for it to be there.
    public var needs: KernelConfig = []
    let action: Action
}

/// A kernel function: its statements in order, as one kernel version executes them.
public struct Listing: Sendable {
    public var name: String
    /// The source file, such as "fs/dax.c"; empty for what no kernel source holds (the CPU, the
    /// system call entry).
    public var file: String
    public var basis: Basis
    public internal(set) var statements: [Statement]
    /// Statement number by label.
    var targets: [Int]
}

/// Writes a listing down, statement by statement.
public struct ListingBuilder {
    /// Line numbers of one statement, in the two sources that are at hand.
    public typealias Lines = (v4_4: Int?, v4_5: Int?)

    public let version: KernelVersion
    /// The function's name, which some kernels spell in another way.
    public var name: String
    public let file: String
    /// The kernel is the one that was recorded: see `KernelModel.init`.
    public let isRecorded: Bool
    /// The release whose line numbers also hold for v6 to v8, where that is known.
    private let seriesLines: KernelVersion?
    private var statements: [Statement] = []
    private var targets: [Int?] = []

    init(
        _ name: String, _ file: String, _ version: KernelVersion, seriesLines: KernelVersion?,
        isRecorded: Bool
    ) {
        self.name = name
        self.file = file
        self.version = version
        self.seriesLines = seriesLines
        self.isRecorded = isRecorded
    }

    public mutating func label() -> Label {
        targets.append(nil)
        return Label(number: targets.count - 1)
    }

    /// Puts `label` before the statement that is added next.
    public mutating func place(_ label: Label) {
        precondition(targets[label.number] == nil, "\(name): a label is placed twice")
        targets[label.number] = statements.count
    }

    public mutating func add(
        _ row: String, _ lines: Lines, v6: Int? = nil, _ text: String, needs: KernelConfig = [],
        _ action: @escaping Action
    ) {
        statements.append(
            Statement(
                text: text, row: row, line: version == .v6 ? v6 ?? line(lines) : line(lines),
                needs: needs, action: action))
    }

    /// - Parameter line: in the source of the builder's kernel; nil where it is not known.
    public mutating func add(
        _ row: String, line: Int?, _ text: String, _ action: @escaping Action
    ) {
        statements.append(Statement(text: text, row: row, line: line, action: action))
    }

    private func line(_ lines: Lines) -> Int? {
        switch version {
        case .v4_4, .v4_4pmd: lines.v4_4
        case .v4_5: lines.v4_5
        case .v6_1, .v6_12: nil
        case .v6, .v7, .v8:
            switch seriesLines {
            case .v4_4: lines.v4_4
            case .v4_5: lines.v4_5
            default: nil
            }
        }
    }

    func build() -> Listing {
        let places = targets.map { target -> Int in
            guard let target, target < statements.count else {
                preconditionFailure("\(name): a label leads nowhere")
            }
            return target
        }
        return Listing(
            name: name, file: file, basis: Basis(of: name, file: file, in: version),
            statements: statements, targets: places)
    }
}

// MARK: - What statements do to the call stack

extension Task {
    /// A new frame on the stack; the caller goes on below its statement.
    ///
    /// - Returns: the number of the frame.
    @usableFromInline mutating func enter(_ function: Int) -> Int {
        let top = frames.count
        frames[top - 1].statement += 1
        frames.append(Frame(function: function, locals: Locals()))
        return top
    }

    /// Takes the top frame away, with its pagevec.
    ///
    /// - Returns: whether the function had said that it was about to remove pages.
    mutating func leave(returning value: Int) -> Bool {
        let top = frames.count - 1
        let wasRemoving = frames[top].locals.removing != nil
        let count = Int(frames[top].locals.batchCount)
        if count > 0 { pagevecs.removeLast(count) }
        frames.removeLast()
        returned = value
        return wasRemoving
    }
}

extension Machine {
    /// Calls `function`; the caller goes on below this statement when it returns.
    @inlinable @inline(__always)
    public mutating func call(_ function: Function, _ set: (inout Locals) -> Void = { _ in })
        -> Next
    {
        let top = tasks[current].enter(Int(function.number))
        set(&tasks[current].frames[top].locals)
        return .entered
    }

    /// Calls `function` for the caller's range, locals.start to locals.end.
    @inlinable @inline(__always)
    public mutating func callOnRange(_ function: Function) -> Next {
        let here = locals
        return call(function) {
            $0.start = here.start
            $0.end = here.end
        }
    }

    public mutating func finish(_ value: Int = 0) -> Next {
        if tasks[current].leave(returning: value) { judgements += 1 }
        return .returned
    }

    public mutating func finish(_ result: FaultResult) -> Next {
        finish(Int(result.rawValue))
    }

    public mutating func finish(page: PageID?) -> Next {
        tasks[current].returnedPage = page
        return finish(page == nil ? 0 : 1)
    }

    public mutating func lock(_ lock: Lock) -> Next {
        locks.acquire(lock, by: current) ? .next : .wait(.lock(lock))
    }

    public mutating func lockShared(_ lock: Lock) -> Next {
        locks.acquireShared(lock, by: current) ? .next : .wait(.lockShared(lock))
    }

    public mutating func unlock(_ lock: Lock) -> Next {
        locks.release(lock, by: current)
        if lock == .tree { judgements += 1 }
        return .next
    }

    /// `BUG_ON`: prints what the console would show first and kills the task where it stands, with
    /// the locks it holds.
    public mutating func bug(_ file: String, _ line: Int, _ function: String, _ reason: String)
        -> Next
    {
        print(.bug, "kernel BUG at \(file):\(line)!")
        judgements += 1
        bug = Bug(file: file, line: line, function: function, reason: reason)
        return .bug
    }

    /// A NULL pointer is followed: the oops kills the task where it stands, like a BUG.
    ///
    /// - Parameters:
    ///   - callee: the function that follows the pointer.
    public mutating func oops(
        _ file: String, _ line: Int, _ function: String, in callee: String, _ reason: String
    ) -> Next {
        print(.bug, "BUG: unable to handle kernel NULL pointer dereference")
        print(.bug, "IP: \(callee)")
        judgements += 1
        bug = Bug(.nullPointer, file: file, line: line, function: function, reason: reason)
        return .bug
    }

    /// `WARN_ON_ONCE`; `site` tells the places apart.
    public mutating func warnOnce(_ site: String) {
        guard warned.insert(site).inserted else { return }
        print(.warning, "WARNING: at \(site)")
    }
}
