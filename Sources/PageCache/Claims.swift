/// What the users of the file know of its contents: the bytes that a store or a write has put
/// there and that nobody has taken away since.
///
/// It is their account, not the kernel's. While a call is under way that changes a byte, nobody can
/// say what it is, and it has no claim.
public struct Claims: Sendable {
    /// By page of the file.
    public private(set) var values = SortedMap<UInt64, SomeBytes>()

    public init() {}

    /// - Parameter bytes: of the file.
    mutating func forget(_ bytes: Range<UInt64>) {
        guard !bytes.isEmpty, !values.isEmpty else { return }
        let pages = bytes.pages
        // The first and the last page, of which other bytes may stay.
        for page in [pages.lowerBound, pages.upperBound - 1] {
            guard var known = values[page] else { continue }
            known.fill(bytes.offsets(inPage: page), with: nil)
            values[page] = known.isEmpty ? nil : known
        }
        let first = Geometry.pages(bytes.lowerBound)
        let end = bytes.upperBound / Geometry.pageSize
        if first < end { values.removeAll(in: values.positions(of: first..<end)) { _ in true } }
    }

    /// What the pages from `first` on hold.
    func from(page first: UInt64) -> [(page: UInt64, bytes: SomeBytes)] {
        values.positions(of: first..<UInt64.max).map {
            let element = values.element(at: $0)
            return (element.key, element.value)
        }
    }

    mutating func put(_ bytes: SomeBytes, page: UInt64) { values[page] = bytes }

    mutating func forgetAll() { values.removeAll() }

    /// - Parameter offsets: of bytes in `page`.
    mutating func set(_ value: UInt8, at offsets: Range<Int>, of page: UInt64) {
        values[page, default: .none].fill(offsets, with: value)
    }
}

extension Machine {
    /// The task begins a call that changes these bytes of the file.
    public mutating func beginChange(of bytes: Range<UInt64>, task: Int) {
        tasks[task].changing = bytes
        tasks[task].contested = []
        tasks[task].shifting = []
        claims.forget(bytes)
    }

    /// The call of a task has returned.
    public mutating func endChange(task: Int) {
        guard let bytes = tasks[task].changing else { return }
        tasks[task].changing = nil
        contest(bytes, task)
    }

    /// The task that runs has put a value into bytes of the file: a store has come through, or a
    /// write ends.
    public mutating func claim(_ value: UInt8, at bytes: Range<UInt64>) {
        if tasks[current].changing == nil { contest(bytes, current) }
        var others = tasks[current].contested
        for task in tasks.indices where task != current {
            if let changing = tasks[task].changing { others.append(changing) }
        }
        others.removeAll { !$0.overlaps(bytes) }
        for page in bytes.pages {
            let offsets = bytes.offsets(inPage: page)
            if others.isEmpty {
                claims.set(value, at: offsets, of: page)
                continue
            }
            // What nobody else is changing.
            var own = SomeBytes.none
            own.fill(offsets, with: value)
            for other in others { own.fill(other.offsets(inPage: page), with: nil) }
            for part in own.segments where part.value != nil {
                claims.set(value, at: part.offsets, of: page)
            }
        }
    }

    /// The task begins a call that gives the bytes from page `first` on other places: they are
    /// known again when it returns.
    public mutating func beginShift(from first: UInt64, task: Int) {
        let known = claims.from(page: first)
        beginChange(of: first * Geometry.pageSize..<UInt64.max, task: task)
        tasks[task].shifting = known.map { BytesOfPage(page: $0.page, bytes: $0.bytes) }
    }

    /// The bytes have moved: `first` is now `target`. Pages in front of `first` are gone. What
    /// others have stored or are changing meanwhile nobody can place.
    public mutating func claimShifted(from first: UInt64, to target: UInt64) {
        let known = tasks[current].shifting
        tasks[current].shifting = []
        let isAlone = tasks.indices.allSatisfy { $0 == current || tasks[$0].changing == nil }
        guard isAlone, tasks[current].contested.isEmpty else { return }
        for part in known where part.page >= first {
            claims.put(part.bytes, page: part.page - first + target)
        }
    }

    /// Whoever is changing the same bytes cannot tell whose change was the later, but for a call
    /// that still waits to get at the file.
    private mutating func contest(_ bytes: Range<UInt64>, _ changer: Int) {
        for task in tasks.indices where task != changer {
            guard tasks[task].changing?.overlaps(bytes) == true, !tasks[task].waitsForFile
            else { continue }
            tasks[task].contested.append(bytes)
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
