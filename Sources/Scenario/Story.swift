import Kernel
import PageCache

/// What is known about a scenario's course without running it: which mappings exist, which tasks
/// are in the middle of something, and what has come to an end.
struct Story {
    struct Mapping {
        /// nil when the step that made it has an error of its own.
        var pages: ClosedRange<UInt64>?
        /// Counted from 1.
        var step: Int
    }

    /// Something that cannot be done at this point.
    struct Problem {
        /// The argument, or the key of the step, that is to blame; nil blames the operation.
        var key: String?
        var message: String
        var hint: String?
    }

    let fileSystem: FileSystem

    private(set) var mappings: [String: Mapping] = [:]
    /// Names of mappings that are gone, with the step that unmapped them.
    private var unmapped: [String: Int] = [:]
    /// The step that left a task in the middle of an operation.
    private var stopped: [String: Int] = [:]
    /// Entries stored in a bare tree.
    private(set) var stores: UInt64 = 0
    private var closed: Int?
    private var unmounted: Int?
    private var isUnlinked = false
    private var poweredOff: Int?
    /// Tasks that acted while another was in the middle of something: they may wait for a lock.
    private var mayWait: Set<String> = []

    private var tasks: Set<String> = [ScenarioStep.defaultTask]

    init(on fileSystem: FileSystem) { self.fileSystem = fileSystem }

    /// Takes note of the mapping of an `mmap` that could not be read, so that its later uses are
    /// not errors too.
    mutating func assumeMapping(_ name: String, step: Int) {
        mappings[name] = Mapping(pages: nil, step: step)
    }

    /// Whether an earlier step may have left the task in the middle of an operation.
    func isStopped(_ task: String) -> Bool { stopped[task] != nil }

    /// Takes the step, and says what is wrong with taking it now.
    mutating func take(_ step: ScenarioStep, number: Int) -> [Problem] {
        var problems: [Problem] = []
        if let off = poweredOff {
            problems.append(
                Problem(key: nil, message: "nothing happens after the power loss of step \(off)"))
        }
        if tasks.insert(step.task).inserted, tasks.count == Limits.tasks + 1 {
            problems.append(
                Problem(
                    key: "task", message: "\(quoted(step.task)) is one task too many",
                    hint:
                        "at most \(Limits.tasks) are allowed, app among them"
                ))
        }
        switch step.action {
        case .resume:
            if stopped[step.task] == nil, !mayWait.contains(step.task) {
                problems.append(
                    Problem(
                        key: "task",
                        message: "the task \(quoted(step.task)) is not in the middle of anything",
                        hint: stopped.isEmpty
                            ? "an earlier step must stop with 'until' or 'statements'"
                            : hint(for: step.task, among: stopped.keys.sorted())))
            }
        case .start(let operation):
            if let since = stopped[step.task] {
                problems.append(
                    Problem(
                        key: "task",
                        message: "the task \(quoted(step.task)) is still in step \(since)",
                        hint: "end that with 'resume', or name another task"))
            }
            if fileSystem == .tmpfs, !operation.isKnownOnTmpfs {
                problems.append(
                    Problem(
                        message: "\(quoted(operation.name)) is not modelled on tmpfs",
                        hint: "use pread, pwrite, truncate and reclaim there"))
            }
            if poweredOff == nil { problems += ended(operation) }
            problems += apply(operation, number: number)
        }
        if stopped.keys.contains(where: { $0 != step.task }) { mayWait.insert(step.task) }
        stopped[step.task] = step.stop == nil ? nil : stopped[step.task] ?? number
        return problems
    }

    /// What needs an open file or a mounted file system, and has it no longer.
    private func ended(_ operation: Operation) -> [Problem] {
        switch operation {
        case .dropCaches, .reclaim, .powerLoss, .fail, .failIO: return []
        default:
            if let step = unmounted {
                return [
                    Problem(key: nil, message: "the file system is unmounted since step \(step)")
                ]
            }
        }
        switch operation {
        case .munmap, .load, .store, .msync, .madvise, .mincore, .unlink, .umount, .remount:
            return []
        default:
            if let step = closed {
                return [
                    Problem(
                        message: "the file is closed since step \(step)",
                        hint: "only mappings can still be used")
                ]
            }
            return []
        }
    }

    private mutating func apply(_ operation: Operation, number: Int) -> [Problem] {
        switch operation {
        case .mmap(let name, let first, let pages, _, _, _, _):
            return map(name, first: first, pages: pages, number: number)
        case .munmap(let map):
            guard mappings[map] != nil else { return [unknownMapping(map)] }
            mappings[map] = nil
            unmapped[map] = number
        case .mincore(let map):
            if mappings[map] == nil { return [unknownMapping(map)] }
        case .load(let map, let page, _), .store(let map, let page, _, _):
            return use(map, page...page, key: "page")
        case .msync(let map, let first, let pages, _), .madvise(let map, let first, let pages, _):
            guard let range = range(first, pages) else { return [beyond()] }
            return use(map, range, key: "pages")
        case .pread(let offset, let length), .pwrite(let offset, let length, _),
            .dread(let offset, let length), .dwrite(let offset, let length, _):
            if let problem = beyond("the range", offset, length) { return [problem] }
            return tooMuch(length)
        case .punch(let offset, let length):
            if let problem = beyond("the hole", offset, length, isInPages: false) {
                return [problem]
            }
        case .fallocate(let offset, let length, _), .zeroRange(let offset, let length, _),
            .collapse(let offset, let length), .insert(let offset, let length),
            .readahead(let offset, let length),
            .fadvise(let offset, let length, _), .syncFileRange(let offset, let length, _):
            if let problem = beyond("the range", offset, length) { return [problem] }
        case .close: closed = number
        case .umount, .remount:
            if case .umount = operation {
                unmounted = number
            } else {
                // Without a name it cannot be opened again.
                closed = isUnlinked ? number : nil
            }
            // The program ends: its mappings go.
            for name in mappings.keys { unmapped[name] = number }
            mappings = [:]
        case .powerLoss: poweredOff = number
        case .fsync, .fdatasync, .syncfs, .truncate, .dropCaches, .reclaim, .reopen, .fail, .failIO:
            break
        case .tree(let operation):
            if case .store = operation { stores += 1 }
        case .unlink: isUnlinked = true
        }
        return []
    }

    /// One call would cost too much.
    private func tooMuch(_ length: UInt64) -> [Problem] {
        guard length > Limits.transferPages << 12 else { return [] }
        guard length % Geometry.pageSize == 0 else {
            return [
                Problem(
                    key: "length", message: "\(length) bytes in one call",
                    hint: "at most \(Limits.transferPages << 12) are allowed")
            ]
        }
        return [
            Problem(
                key: "pages", message: "\(length >> 12) pages in one call",
                hint: "at most \(Limits.transferPages) are allowed")
        ]
    }

    private mutating func map(
        _ name: String, first: UInt64, pages: UInt64, number: Int
    ) -> [Problem] {
        var problems: [Problem] = []
        if let old = mappings[name] {
            problems.append(
                Problem(
                    key: "name", message: "\(quoted(name)) is mapped already, in step \(old.step)",
                    hint: "choose another name, or unmap it first"))
        }
        let range = range(first, pages)
        if range == nil { problems.append(beyond()) }
        mappings[name] = Mapping(pages: range, step: number)
        return problems
    }

    private func use(_ map: String, _ pages: ClosedRange<UInt64>, key: String) -> [Problem] {
        guard let mapping = mappings[map] else { return [unknownMapping(map)] }
        guard let mapped = mapping.pages,
            mapped.lowerBound > pages.lowerBound || mapped.upperBound < pages.upperBound
        else { return [] }
        return [
            Problem(
                key: key,
                message: "\(quoted(map)) does not map \(key) \(spelledRange(pages))",
                hint: "it maps \(spelledRange(mapped)), see step \(mapping.step)")
        ]
    }

    func unknownMapping(_ name: String) -> Problem {
        if let step = unmapped[name] {
            return Problem(
                key: "map", message: "the mapping \(quoted(name)) is gone since step \(step)")
        }
        let names = mappings.keys.sorted()
        return Problem(
            key: "map", message: "there is no mapping \(quoted(name))",
            hint: names.isEmpty
                ? "an earlier step must 'mmap' it" : hint(for: name, among: Array(names.prefix(8))))
    }

    /// The pages, or nil when they end beyond the last page that a file can have.
    private func range(_ first: UInt64, _ pages: UInt64) -> ClosedRange<UInt64>? {
        let (end, overflow) = first.addingReportingOverflow(pages)
        guard pages > 0, !overflow, end <= Limits.lastPage + 1 else { return nil }
        return first...(end - 1)
    }

    /// A range of bytes that ends where no file does. A page counts whole, although the last one of
    /// the largest file is one byte short.
    private func beyond(
        _ what: String, _ offset: UInt64, _ length: UInt64, isInPages: Bool = true
    ) -> Problem? {
        let isWhole =
            isInPages && offset % Geometry.pageSize == 0 && length % Geometry.pageSize == 0
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard overflow || end > Limits.fileSize + (isWhole ? 1 : 0) else { return nil }
        return Problem(
            key: "length", message: "\(what) ends beyond the largest file",
            hint: "offset and length together are at most \(Limits.fileSize)")
    }

    private func beyond() -> Problem {
        Problem(
            key: "pages", message: Story.beyondLastPage.message, hint: Story.beyondLastPage.hint)
    }

    /// What a step expects that cannot be the case.
    func problems(with expectation: Expectation, after step: ScenarioStep) -> [(Origin, Problem)] {
        var problems: [(Origin, Problem)] = []
        for condition in expectation.conditions {
            switch condition.value {
            case .value:
                switch step.action {
                case .start(.load), .start(.pread), .start(.dread), .resume: break
                default:
                    problems.append(
                        (
                            condition.origin,
                            Problem(key: nil, message: "'value' goes with a load or a pread")
                        ))
                }
            case .resident:
                switch step.action {
                case .start(.mincore), .resume: break
                default:
                    let problem = Problem(key: nil, message: "'resident' goes with a mincore")
                    problems.append((condition.origin, problem))
                }
            case .met where !step.canBeUnmet:
                let problem = Problem(
                    key: nil, message: "'met' is about a stop, a resume or a call that is to fail",
                    hint: "this step asks for none of them")
                problems.append((condition.origin, problem))
            case .pte(let mappings):
                for item in mappings where unmapped[item.map] == nil {
                    let found = use(item.map, item.page...item.page, key: "page")
                    problems += found.map { (condition.origin, $0) }
                }
            default: break
            }
        }
        return problems
    }
}
