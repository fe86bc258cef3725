import Kernel
import PageCache

@testable import Scenario

/// A generator of random numbers that gives the same numbers for the same seed everywhere
/// (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Makes valid scenarios that use all of the format, with texts that are hard to quote.
struct Generator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func scenario() -> Scenario {
        var kernels = KernelVersion.allCases.shuffled(using: &random)
        kernels = Array(kernels.prefix(.random(in: 1...6, using: &random)))
        var steps: [ScenarioStep] = []
        var story = Story(on: .xfs)
        while steps.count < 12 {
            let step = step(kernels, names: story.mappings.keys.sorted())
            var next = story
            guard next.take(step, number: steps.count + 1).isEmpty,
                step.expect.allSatisfy({ next.problems(with: $0, after: step).isEmpty })
            else {
                if flip(30) { break }
                continue
            }
            story = next
            steps.append(step)
        }
        if steps.isEmpty { steps = [ScenarioStep(.start(.fsync))] }
        return Scenario(
            name: "s-\(Int.random(in: 0...99, using: &random))", title: text(lines: false),
            about: flip(2) ? text(lines: true) : "", course: flip(2) ? 7 : nil,
            teaches: flip(2) ? text(lines: false) : "", kernels: kernels,
            config: flip(3) ? .debugVM : [], file: file(),
            steps: steps)
    }

    private mutating func flip(_ chances: Int) -> Bool {
        Int.random(in: 0..<chances, using: &random) == 0
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    private mutating func file() -> FileConfiguration {
        let extents: [FileConfiguration.Extent] =
            flip(2)
            ? [] : [.init(blocks: 0...3, state: .written), .init(blocks: 5...5, state: .hole)]
        let fileSystem = pick([.ext2, .ext4, .xfs] as [FileSystem])
        return FileConfiguration(
            size: pick([1 << 20, 1 << 22, 123_456, fileSystem.largestFile ?? Limits.fileSize]),
            fileSystem: fileSystem, dax: flip(2), extents: extents,
            advice: pick([.normal, .random]), delaysAllocation: fileSystem != .ext4 || flip(2))
    }

    mutating func text(lines: Bool) -> String {
        let pieces = [
            "a", "null", "~", "two  words", ": ", "#", " #x", "- ", "&a", "*b", "!t", "%", "@", "`",
            "'", "\"", "\\", "{", "}", "[", "]", ",", "|", ">", "?", "é", "中文", "👩‍🚒",
            "0..7", "true", "1e3", "---", "...", "<<", "=", " ",
            "a long line of many words that "
                + "an emitter might want to fold somewhere",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            text += pick(pieces)
            if lines, flip(4) { text += pick(["\n", "\n\n", "\n  ", " \n"]) }
        }
        // The zero-width joiner of an emoji is a format character, which texts cannot hold.
        text = String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0 == "\n" || !$0.isUnprintable })
        )
        let clean = trimmed(String(text.prefix(Limits.line)))
        return clean.isEmpty ? "x" : clean
    }

    private mutating func narration(_ kernels: [KernelVersion]) -> Narration {
        var narration = Narration(flip(3) ? nil : text(lines: true))
        if narration.all == nil || flip(2) {
            for kernel in kernels.prefix(2) { narration.byKernel[kernel] = text(lines: true) }
        }
        return narration
    }

    private mutating func step(_ kernels: [KernelVersion], names: [String]) -> ScenarioStep {
        let resumes = flip(6)
        var step = ScenarioStep(resumes ? .resume : .start(operation(names)))
        if flip(3) { step.task = pick(["a", "b", "null", "true"]) }
        if flip(4) {
            let function: String? = flip(2) ? "dax_radix_entry" : nil
            step.stop = ScenarioStep.Stop(
                function: function,
                statements: function == nil && flip(3) ? 0 : function == nil || flip(2) ? 3 : 0)
        }
        if flip(3) { step.say = narration(kernels) }
        if flip(4) {
            step.sayAt = [
                PlacedText(at: .init("dax_radix_entry"), narration(kernels)),
                PlacedText(
                    at: .init("clear_inode", statement: "take tree_lock"), narration(kernels)),
            ]
        }
        if flip(5) { step.note = narration(kernels) }
        if flip(5) {
            let answer: Question.Answer =
                flip(2) ? .observable(pick(Observable.allCases)) : .text(narration(kernels))
            step.ask = Question(text(lines: true), answer: answer)
        }
        if flip(2) { step.expect = [Expectation(conditions(names))] }
        if flip(3) {
            step.expect.append(
                Expectation(kernels: Array(kernels.prefix(flip(2) ? 1 : 3)), conditions(names)))
        }
        return step
    }

    private mutating func operation(_ names: [String]) -> Operation {
        let map = pick(names.isEmpty ? ["m"] : names)
        let page = pick([0, 5, 511, 512, 1023, 4096] as [UInt64])
        let count = pick([1, 2, 512, 1024] as [UInt64])
        let byte = UInt8.random(in: 0...255, using: &random)
        let offset = pick([0, 1, 4095])
        let start = pick([0, 77, 4096, 1 << 40] as [UInt64])
        let length = pick([1, 4096, 5000, 1 << 20] as [UInt64])
        let all = flip(2) ? 0 : length
        let advice = pick(Advice.allCases)
        let old: [Kernel.Operation] = [
            .mmap(
                name: pick(["m", "n", "null", "yes"]), first: page, pages: count, shared: flip(2),
                aligned: flip(2)),
            .mmap(name: "wide", first: 0, pages: Limits.lastPage + 1, shared: true, aligned: true),
            .munmap(map: map), .load(map: map, page: page),
            .store(map: map, page: page, value: byte), .pread(first: page, pages: count),
            .pwrite(first: page, pages: count, value: byte), .fsync,
            .msync(map: map, first: page, pages: count), .syncfs, .truncate(size: page << 10),
            .fallocate(first: page, pages: count), .punch(offset: page, length: count << 7),
            .dropCaches, .reclaim(page: page), .reclaim(page: nil), .unlink, .close, .umount,
            .powerLoss, .fail(call: Int(count)),
        ]
        let new: [Kernel.Operation] = [
            .mmap(
                name: "ro", first: page, pages: count, shared: true, aligned: true,
                writable: false),
            .load(map: map, page: page, offset: offset),
            .store(map: map, page: page, offset: offset, value: byte),
            .pread(offset: start, length: length),
            .pwrite(offset: start, length: length, value: byte),
            .dread(offset: start, length: length),
            .dwrite(offset: start, length: length, value: byte),
            .fdatasync, .msync(map: map, first: page, pages: count, mode: pick(SyncMode.allCases)),
            .fallocate(offset: start, length: length, keepSize: flip(2)),
            .zeroRange(offset: start, length: length, keepSize: flip(2)),
            .collapse(offset: start, length: length), .insert(offset: start, length: length),
            .mmap(
                name: "at", first: page, pages: count, shared: true, aligned: true,
                address: 0x7fff_0000_0000),
            .remount,
            .syncFileRange(
                offset: start, length: all, flags: SyncFileRange(rawValue: UInt8(count & 7))),
            .fadvise(offset: start, length: all, advice: advice),
            .madvise(map: map, first: page, pages: count, advice: advice),
            .readahead(offset: start, length: length), .mincore(map: map),
            .reclaim(pages: page..<(page + count), force: flip(2)),
            .reclaim(pages: nil, force: true), .reopen, .failIO(call: Int(count)),
        ]
        return pick(old + new)
    }

    private mutating func conditions(_ names: [String]) -> [Located<Condition>] {
        let tags = ExpectedTags(rawValue: .random(in: 0...7, using: &random))
        let entry = ExpectedEntry(pick(ExpectedEntry.Kind.allCases), tags)
        let target = pick(ExpectedMapping.Target.allCases + [nil])
        let access: ExpectedMapping.Access? = target == nil ? .writable : nil
        let number = pick([0, 1, 7, UInt64.max, UInt64.max - 1, 1 << 63])
        let all: [Condition] = [
            .nrpages(number), .nrexceptional(number), .height(Int(number & 7)), .nodes(number),
            .rootTags(tags), .entries([IndexRun(0...number, entry)]), .entries([]),
            .entry([IndexRun<ExpectedEntry?>(3...3, entry), IndexRun(9...12, nil)]),
            .blocks([IndexRun(0...7, .unwritten)]), .size(1 << 20), .value(200),
            .result(.returns(4096)), .result(.error(pick(ExpectedErrno.allCases))),
            .result(.returns(-77)), .result(.signal(.sigbus)), .faults(minor: number, major: nil),
            .faults(minor: 0, major: 1), .findings([.leakedPage, .miscount]), .findings([]),
            .bug("fs/inode.c:497"), .bug(nil), .warn([text(lines: false), text(lines: false)]),
            .warn([]), .log([text(lines: false)]),
            .pte([
                ExpectedMapping(map: names.first ?? "m", page: 5, target: target, access: access)
            ]),
            .durable([IndexRun(0...9, 0xa5), IndexRun(10...10, 0)]), .met(flip(2)),
            .resident([0...3, 7...7]), .resident([]),
        ]
        var conditions: [Located<Condition>] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let condition = pick(all)
            if !conditions.contains(where: { $0.value.key == condition.key }) {
                conditions.append(Located(condition))
            }
        }
        return conditions
    }
}
