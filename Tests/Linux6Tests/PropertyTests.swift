import Foundation
import Kernel
import PageCache
import Testing
import XArray

@testable import Linux6

/// Whether the scopes that take minutes are wanted: `make test-long`.
private let isLong = ProcessInfo.processInfo.environment["LONG_TESTS"] != nil

/// Where the indices of a random sequence come from.
enum Scope: String, CaseIterable {
    case tiny, leaf, dense, large, boundaries, high

    func index(_ random: inout SeededRandom) -> UInt64 {
        switch self {
        case .tiny: return .random(in: 0..<3, using: &random)
        case .leaf: return .random(in: 0..<64, using: &random)
        case .dense: return .random(in: 0..<300, using: &random)
        case .large: return .random(in: 0..<16_384, using: &random)
        case .boundaries:
            let bits = UInt64.random(in: 0..<64, using: &random)
            return (1 << bits) &- .random(in: 0..<3, using: &random)
        case .high: return UInt64.max - 1 - .random(in: 0..<5000, using: &random)
        }
    }

    func order(_ random: inout SeededRandom) -> Int {
        switch self {
        case .tiny: .random(in: 0..<4, using: &random)
        case .leaf: .random(in: 0..<7, using: &random)
        default: Bool.random(using: &random) ? 0 : .random(in: 0..<13, using: &random)
        }
    }
}

/// Random things to do.
private struct Deeds {
    let scope: Scope
    var random: SeededRandom
    private var made: UInt64 = 0
    private var used: [UInt64] = []

    init(_ scope: Scope, seed: UInt64) {
        self.scope = scope
        random = SeededRandom(state: seed)
    }

    private mutating func entry() -> XArray.Entry {
        made += 1
        return Bool.random(using: &random) ? .value(made) : .pointer(made)
    }

    private mutating func failure() -> Int? {
        Int.random(in: 0..<3, using: &random) == 0 ? .random(in: 1..<6, using: &random) : nil
    }

    mutating func index() -> UInt64 {
        let isOld = !used.isEmpty && Int.random(in: 0..<3, using: &random) > 0
        let index = isOld ? used.randomElement(using: &random)! : scope.index(&random)
        used.append(index)
        if used.count > 40 { used.removeFirst(20) }
        return index
    }

    mutating func next(for array: XArray) -> Deed {
        let index = index()
        let mark = XArray.Mark.allCases.randomElement(using: &random)!
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            return .store(
                index, order: scope.order(&random), entry(), fail: failure(), from: failure())
        case 25..<33:
            return .store(index, order: scope.order(&random), nil, fail: nil, from: nil)
        case 33..<43: return .simpleStore(index, entry(), fail: failure())
        case 43..<58: return .erase(index)
        case 58..<61: return .insert(index, entry(), fail: failure())
        case 61..<64:
            let old = Bool.random(using: &random) ? nil : array.load(XArray.Index(index))
            return .exchange(index, old, entry(), fail: failure())
        case 64..<66: return .exchange(index, nil, .zero, fail: failure())
        case 66..<69:
            let last = index &+ .random(in: 0..<200, using: &random)
            return index <= last && last != .max
                ? .storeRange(index, last, entry(), from: failure()) : .erase(index)
        case 69..<71:
            return .createRange(index, order: min(11, scope.order(&random)), from: failure())
        case 71..<83: return .setMark(mark, index)
        case 83..<89: return .clearMark(mark, index)
        case 89..<90: return .initMarks(index)
        case 90..<97: return split(index, array) ?? .erase(index)
        case 97..<99 where array.options.contains(.trackFree):
            return .allocate(
                index, index > .max - 100 ? .max : index + 100, entry(), from: failure())
        case 99 where used.count % 7 == 0: return .destroy
        default: return .setMark(mark, index)
        }
    }

    private mutating func split(_ index: UInt64, _ array: XArray) -> Deed? {
        guard let old = array.load(XArray.Index(index)), !old.isZero else { return nil }
        let order = array.order(at: XArray.Index(index))
        guard order > 0, array.isAligned(at: XArray.Index(index)) else { return nil }
        let new = Int.random(in: max(0, order / 6 - 1) * 6..<order, using: &random)
        return .split(index, order: new, entry(), fail: failure())
    }
}

/// The kernel's functions statement by statement beside one call of the XArray room.
@Suite struct PropertyTests {
    struct Case: CustomTestStringConvertible {
        let scope: Scope
        let version: KernelVersion
        let options: XArray.Options
        var testDescription: String { "\(scope), \(version.name), options \(options.rawValue)" }
    }

    static let cases = Scope.allCases.flatMap { scope in
        KernelVersion.linux6.flatMap { version in
            [XArray.Options(), .trackFree, .alloc1].map {
                Case(scope: scope, version: version, options: $0)
            }
        }
    }

    /// Every change of a word in the same order, the same structure, answers, nodes freed and seen
    /// by the callback, and the same calls of an allocator that may fail.
    @Test(arguments: cases)
    func aListingDoesWhatOneCallDoes(_ c: Case) throws {
        for seed in 0..<UInt64(isLong ? 100 : 3) {
            var twin = Twin(c.version, options: c.options, updates: seed % 2 == 1)
            var deeds = Deeds(c.scope, seed: seed &* 77 &+ 5)
            for number in 0..<100 {
                let deed = deeds.next(for: twin.library)
                if c.skips(deed, twin.library) { continue }
                let difference = try twin.apply(deed)
                #expect(difference == nil, "seed \(seed), operation \(number)")
                if difference != nil { return }
            }
        }
    }
}

/// The searches, which change nothing but their state.
private enum Search {
    case find, nextEntry, findMarked, nextMarked, next, previous, pause, conflict

    /// Those that follow each other on one state.
    static let walks: [[Search]] = [
        [.find, .nextEntry, .pause], [.findMarked, .nextMarked, .pause], [.next, .previous],
        [.conflict],
    ]

    var function: Function {
        switch self {
        case .find: .xasFind
        case .nextEntry: .xasNextEntry
        case .findMarked: .xasFindMarked
        case .nextMarked: .xasNextMarked
        case .next: .xasNext
        case .previous: .xasPrev
        case .pause: .xasPause
        case .conflict: .xasFindConflict
        }
    }

    func call(
        _ array: XArray, _ state: inout XArray.State, _ max: XArray.Index, _ mark: XArray.Mark
    ) -> XArray.Slot {
        switch self {
        case .find: return Twin.slot(array.find(&state, max: max))
        case .nextEntry: return Twin.slot(array.nextEntry(&state, max: max))
        case .findMarked: return array.findMarked(&state, max: max, mark)
        case .nextMarked: return array.nextMarked(&state, max: max, mark)
        case .next: return array.next(&state)
        case .previous: return array.previous(&state)
        case .pause:
            array.pause(&state)
            return .empty
        case .conflict: return Twin.slot(array.findConflict(&state))
        }
    }
}

extension PropertyTests {
    /// From any place to any other: the same answers, and the state stands at the same place.
    @Test(arguments: cases)
    func aSearchComesToTheSamePlace(_ c: Case) throws {
        for seed in 0..<UInt64(isLong ? 60 : 3) {
            var twin = Twin(c.version, options: c.options)
            var deeds = Deeds(c.scope, seed: seed &* 91 &+ 3)
            for number in 0..<60 {
                let deed = deeds.next(for: twin.library)
                if c.skips(deed, twin.library) { continue }
                #expect(try twin.apply(deed) == nil)
                let index = deeds.index()
                let walk = Search.walks.randomElement(using: &deeds.random)!
                // Only a search for conflicts is for more than one index.
                let order = walk.contains(.conflict) ? c.scope.order(&deeds.random) : 0
                // The nodes of the two arrays may have other names.
                var (state, wanted) = (twin.state(index, order), twin.state(index, order))
                let mark = XArray.Mark.allCases.randomElement(using: &deeds.random)!
                let max = XArray.Index(.random(in: index...UInt64.max, using: &deeds.random))
                for _ in 0..<8 {
                    let search = walk.randomElement(using: &deeds.random)!
                    // As the page cache does behind a folio.
                    if walk.contains(.find), state.node != nil, Bool.random(using: &deeds.random) {
                        let last = state.index.rawValue | .random(in: 0..<64, using: &deeds.random)
                        state.index = XArray.Index(last)
                        wanted.index = state.index
                    }
                    let found = search.call(twin.library, &wanted, max, mark)
                    let answer = try twin.search(search.function, state, max, mark)
                    state = answer.state
                    let what = "seed \(seed), operation \(number), \(search) to \(wanted)"
                    #expect(answer.found.isNode ? found.isNode : answer.found == found, "\(what)")
                    #expect(
                        state.place(in: twin.listed) == wanted.place(in: twin.library), "\(what)")
                    guard answer.found == found || found.isNode else { return }
                }
            }
        }
    }
}

extension XArray.Slot {
    fileprivate var isNode: Bool { node != nil }
}

extension XArray.State {
    /// Where it stands, without the names of nodes.
    fileprivate func place(in array: XArray) -> String {
        guard let node else { return "\(index) \(position)" }
        return "\(index), slot \(offset) of the node of shift \(array.shift(of: node))"
    }
}

extension PropertyTests.Case {
    /// What the kernel never does: 6.1's split of a marked entry into larger ones leaves marks on
    /// siblings, and searches that meet them do not end.
    fileprivate func skips(_ deed: Deed, _ array: XArray) -> Bool {
        guard case .split(let index, let order, _, _) = deed, version == .v6_1 else { return false }
        let old = array.order(at: XArray.Index(index))
        let isMarked = XArray.Mark.allCases.contains {
            array.hasMark($0, at: XArray.Index(index))
        }
        return isMarked && order % 6 != 0 && order / 6 != old / 6
    }
}
