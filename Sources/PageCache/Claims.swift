/// What the users of the file know of its contents: the first byte of each page that a store or a
/// write has put there and that nobody has taken away since.
///
/// It is their account, not the kernel's. While a call is under way that changes a page, nobody can
/// say what it holds, and it has no claim.
public struct Claims: Sendable {
    /// By page of the file.
    public private(set) var values = SortedMap<UInt64, UInt8>()

    public init() {}

    mutating func forget(_ pages: Range<UInt64>) {
        values.removeAll(in: values.positions(of: pages)) { _ in true }
    }

    mutating func forgetAll() { values.removeAll() }

    mutating func set(_ value: UInt8, at page: UInt64) { values[page] = value }
}

extension Machine {
    /// The task begins a call that changes what these pages hold.
    public mutating func beginChange(of pages: Range<UInt64>, task: Int) {
        tasks[task].changing = pages
        tasks[task].contested = []
        claims.forget(pages)
    }

    /// The call of a task has returned.
    public mutating func endChange(task: Int) {
        guard let pages = tasks[task].changing else { return }
        tasks[task].changing = nil
        contest(pages, task)
    }

    /// The task that runs has put a byte into a page: a store has come through, or a write ends.
    public mutating func claim(_ value: UInt8, at page: UInt64) {
        if tasks[current].changing == nil { contest(page..<(page + 1), current) }
        let isOwn = tasks.indices.allSatisfy { task in
            task == current
                ? !tasks[task].contested.contains { $0.contains(page) }
                : tasks[task].changing?.contains(page) != true
        }
        if isOwn { claims.set(value, at: page) }
    }

    /// Whoever is changing the same pages cannot tell whose change was the later, but for a call
    /// that still waits to get at the file.
    private mutating func contest(_ pages: Range<UInt64>, _ changer: Int) {
        for task in tasks.indices where task != changer {
            guard tasks[task].changing?.overlaps(pages) == true,
                !tasks[task].waitsForFile
            else { continue }
            tasks[task].contested.append(pages)
        }
    }

    /// The memory of the file is gone, and nobody was told that it would be kept.
    mutating func forgetClaims() { claims.forgetAll() }
}

extension Task {
    /// It waits for the lock that stands before reads and writes of the file.
    fileprivate var waitsForFile: Bool {
        switch state {
        case .waiting(.lock(.inode)), .waiting(.lock(.ioLock)), .waiting(.lockShared(.ioLock)):
            true
        default: false
        }
    }
}
