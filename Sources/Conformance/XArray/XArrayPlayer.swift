import XArray

/// What does the operations of a trace to an array.
protocol XArraySubject {
    var array: XArray { get set }
    /// Calls of the allocator in the operation, and since the start nodes given and given back.
    var calls: Int { get }
    var allocated: Int { get }
    var freed: Int { get }
    /// What the operation did that the kernel never does; nil if nothing.
    var fault: String? { get }

    init(_ header: XArrayTraceHeader, _ version: XArray.Version)

    mutating func beginOperation(failingCall: Int?, failingFrom: Int?)

    /// - Throws: `TraceTextError` if the line lacks what its operation needs.
    mutating func apply(_ line: XArrayTraceLine) throws -> Results
}

/// What an operation returned, by the names of the trace.
typealias Results = [String: TraceValue]

struct Mismatch {
    let field: String
    let recorded: String
    let ours: String
}

/// An array that follows a trace, and the comparison after each operation.
struct XArrayPlayer<Subject: XArraySubject> {
    var subject: Subject
    let header: XArrayTraceHeader

    private var array: XArray { subject.array }

    /// The fields of a line that are results, in the order in which they are compared.
    private static var resultFields: [String] {
        ["r", "old", "st", "at", "idx_out", "shadow", "id"]
    }

    init(_ header: XArrayTraceHeader, _ version: XArray.Version) {
        self.header = header
        subject = Subject(header, version)
    }

    /// Applies one operation.
    ///
    /// - Returns: the first field that differs, or nil.
    /// - Throws: `TraceTextError` if the line lacks what its operation needs.
    mutating func play(_ line: XArrayTraceLine) throws -> Mismatch? {
        let (allocated, freed) = (subject.allocated, subject.freed)
        subject.beginOperation(
            failingCall: try line.optionalNumber("fail"),
            failingFrom: try line.optionalNumber("fail_from"))
        let isLogged = header.tellsUpdates || header.tellsFreed || line["w"] != nil
        let names = line["w"] == nil ? [:] : XArrayWriteNames.places(array)
        if isLogged { subject.array.beginLog() }
        let results = try subject.apply(line)
        let log = subject.array.takeLog()
        if let fault = subject.fault {
            return Mismatch(field: "statements", recorded: "one change each", ours: fault)
        }
        let made = subject.allocated - allocated
        let counted =
            try mismatch("alloc", line.optionalNumber("alloc") ?? 0, made)
            ?? mismatch("calls", line.optionalNumber("calls") ?? made, subject.calls)
            ?? mismatch("free", line.optionalNumber("free") ?? 0, subject.freed - freed)
        return compare(results, line) ?? counted ?? compare(log, names, line)
            ?? compareStructure(line)
    }

    private func compare(_ results: Results, _ line: XArrayTraceLine) -> Mismatch? {
        for field in Self.resultFields {
            // What `xa_cmpxchg` expects has the name of what a store returns.
            if field == "old", results["old"] == nil { continue }
            var recorded = line[field]
            if field == "r", array.version == .linux61 { recorded = line["r_6_1"] ?? recorded }
            let text = { (value: TraceValue?) in value?.description ?? "absent" }
            if recorded != results[field] {
                return Mismatch(field: field, recorded: text(recorded), ours: text(results[field]))
            }
        }
        return nil
    }

    private func compare(
        _ log: XArray.Log, _ places: [XArray.NodeID: String], _ line: XArrayTraceLine
    ) -> Mismatch? {
        if header.tellsUpdates {
            let updates = log.updates.map { node in
                "\(node.shift) \(HexNumber(node.firstIndex.rawValue).text) \(node.count) "
                    + "\(node.values) \(node.isListed ? 1 : 0)"
            }
            if let found = mismatch("u", line.lines("u") ?? [], updates) { return found }
        }
        if header.tellsFreed {
            let freed = log.freed.map { node in
                ([node.head] + node.slots.map { "\($0.offset):\($0.slot)" }).joined(separator: " ")
            }
            if let found = mismatch("f", line.lines("f") ?? [], freed) { return found }
        }
        guard let writes = line.lines("w") else { return nil }
        var names = XArrayWriteNames(places: places)
        return mismatch("w", writes, log.changes.compactMap { names.text($0) })
    }

    private func compareStructure(_ line: XArrayTraceLine) -> Mismatch? {
        let structure = array.structure()
        let hash = TraceValue.text(TracePlayer.hash(structure))
        return mismatch("s", line.lines("s") ?? structure, structure)
            ?? mismatch("h", line["h"]?.description ?? "absent", hash.description)
    }

    private func mismatch<Value: Equatable>(
        _ field: String, _ recorded: Value, _ ours: Value
    ) -> Mismatch? {
        if recorded == ours { return nil }
        return Mismatch(field: field, recorded: "\(recorded)", ours: "\(ours)")
    }
}
