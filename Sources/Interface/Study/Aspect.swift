import Kernel
import PageCache
import PageTree

/// A value of the machine that a cause can be about.
enum Aspect: Hashable, Sendable {
    /// Whether the tree has this page at this index.
    case presence(PageID, UInt64)
    /// `page->mapping`, whether it is set.
    case mapping(PageID)
    /// What stands at an index.
    case entry(UInt64)
    /// The same with its tags.
    case item(UInt64)
    /// The file's block at a page.
    case block(UInt64)
    /// What a mapping's page tables lead to at a page.
    case target(vma: Int, UInt64)
    /// Whether a store to a page of a mapping takes no fault.
    case writable(vma: Int, UInt64)
    /// What the last store or write that has returned has put into a page.
    case claim(UInt64)
    /// What a read(2) of a page sees.
    case contents(UInt64)
    /// What fsync has promised of a page and the media does not hold.
    case promise(UInt64)
    case counter(Finding.Counter)
    /// What a counter counts, recounted.
    case counted(Finding.Counter)
    /// What a node says that is in its slots.
    case nodeCount(UInt64, height: Int, Finding.Part)
    /// What is in the slots of a node.
    case nodeContents(UInt64, height: Int, Finding.Part)
    /// What a task waits for, by its name.
    case wait(task: String)

    enum Reading: Hashable, Sendable {
        case flag(Bool)
        case item(PageTree.Item?, EntryKind?)
        case block(BlockState, UInt64)
        case target(VMA.Target?)
        case contents(PageBytes)
        case bytes(SomeBytes)
        case count(UInt64?)
        case wait(TaskWait?)
    }

    /// Reads it off a machine.
    func reading(_ machine: Machine) -> Reading {
        switch self {
        case .presence(let page, let index):
            return .flag(machine.mapping.pageTree.lookup(PageIndex(index))?.page == page)
        case .mapping(let page): return .flag(machine[page].hasMapping)
        case .entry(let index):
            let entry = machine.mapping.pageTree.lookup(PageIndex(index))
            return .item(
                entry.map { PageTree.Item(entry: $0, indices: 0...0, tags: []) },
                entry.map { Audit.kind(of: $0, in: machine) })
        case .item(let index):
            let item = machine.mapping.pageTree.item(at: PageIndex(index))
            return .item(item, item.map { Audit.kind(of: $0.entry, in: machine) })
        case .block(let index):
            let found = machine.blocks.lookup(index)
            return .block(found.state, found.physical)
        case .target(let vma, let index):
            return .target(machine.mapping(vma)?.target(of: index))
        case .writable(let vma, let index):
            return .flag(machine.mapping(vma)?.isWritable(index) == true)
        case .claim(let index): return .bytes(machine.claims.values[index] ?? .none)
        case .contents(let index): return .contents(Audit.contents(of: index, machine))
        case .promise(let index):
            let block = machine.blocks.lookup(index)
            let line = machine.memory.line(block.physical)
            return .bytes(block.isAllocated ? line.promised : .none)
        case .counter(let counter): return .count(machine.recorded(counter))
        case .counted(let counter): return .count(Audit.counts(machine).count(counter))
        case .nodeCount(let index, let height, let part):
            let node = Audit.node(at: index, height: height, machine)
            let count = part == .shadows ? node?.valueCount : node?.count
            return .count(count.map(UInt64.init))
        case .nodeContents(let index, let height, let part):
            let node = Audit.node(at: index, height: height, machine)
            let contents = node.map { Audit.contents(of: $0, machine) }
            let count = part == .shadows ? contents?.shadows : contents?.pages
            return .count(count.map(UInt64.init))
        case .wait(let name): return .wait(Audit.wait(ofTask: name, machine))
        }
    }
}

extension Aspect {
    /// What became of it, as what the function that ran did: "gives page 3 its block".
    func phrase(
        _ before: Reading, _ after: Reading, _ look: Look, _ machine: Machine,
        _ version: KernelVersion
    ) -> String {
        switch (self, before, after) {
        case (.presence(let page, let index), _, .flag(let isThere)):
            let name = (machine.isZeroPage(page) ? "zero page " : "page ") + "\(page)"
            return isThere
                ? "puts \(name) into the tree at \(index)"
                : "takes \(name) out of the tree at \(index)"
        case (.mapping(let page), _, .flag(let isSet)):
            return isSet ? "sets the mapping of \(page)" : "clears the mapping of \(page)"
        case (.counter(let counter), .count(let old?), .count(let new?)):
            let name = FindingsPane.name(of: counter, version)
            return "lets \(name) go from \(look.counter(old)) to \(look.counter(new))"
        case (.entry(let index), .item(let old, let oldKind), .item(let new, let newKind)),
            (.item(let index), .item(let old, let oldKind), .item(let new, let newKind)):
            return phrase(index, (old, oldKind), (new, newKind), machine)
        case (.block(let index), .block(let old, _), .block(let new, let place)):
            return Self.phrase(index, old, new, place)
        case (.target(let vma, let index), .target(let old), .target(let new)):
            let place = "\(machine.vmas[vma].name)[\(index)]"
            guard let new else { return "unmaps \(place)" }
            return "maps \(Self.name(of: new, machine)) at \(place)"
                + (old.map { ", instead of \(Self.name(of: $0, machine))" } ?? "")
        case (.writable(let vma, let index), _, .flag(let isWritable)):
            let place = "\(machine.vmas[vma].name)[\(index)]"
            return isWritable ? "makes \(place) writable" : "makes \(place) read-only, or unmaps it"
        case (.claim(let index), .bytes(let old), .bytes(let new)):
            guard let change = new.firstValue(since: old) else {
                return "begins to change page \(index)"
            }
            let place = look.place(change.offsets, of: index)
            return "has put \(look.byte(change.value)) into \(place)"
        case (.contents(let index), .contents(let old), .contents(let new)):
            guard let change = new.changes(since: old).first else { return "changes it" }
            return "makes \(look.place(change.offsets, of: index)) read "
                + "\(look.byte(change.new)) instead of \(look.byte(change.old))"
        case (.promise(let index), .bytes(let old), .bytes(let new)):
            guard let change = new.firstValue(since: old) else {
                return "makes page \(index) durable, or gives it up"
            }
            let line = machine.memory.line(machine.blocks.lookup(index).physical)
            let durable = line.durable[change.offsets.lowerBound]
            return "returns success, which promises \(look.byte(change.value)) of "
                + "\(look.place(change.offsets, of: index)); "
                + "the media holds \(look.byte(durable))"
        case (.nodeCount, .count(let old), .count(let new)),
            (.nodeContents, .count(let old), .count(let new)):
            return phrase(old, new)
        case (.wait(let task), _, .wait(let wait)):
            return wait.map { "lets \($0.text)" } ?? "lets \(task) go on"
        default: return "changes it"
        }
    }

    /// Of a block of the file.
    private static func phrase(
        _ index: UInt64, _ old: BlockState, _ new: BlockState, _ place: UInt64
    ) -> String {
        func before(_ state: BlockState) -> String {
            state == .hole ? "a hole before" : "\(state.rawValue) before"
        }
        switch (old, new) {
        case (.delalloc, .hole): return "frees the room that was reserved for page \(index)"
        case (_, .hole): return "frees the block of page \(index), which was \(old.rawValue)"
        case (_, .delalloc):
            return "reserves room for page \(index): \(before(old)), \(new.rawValue) now"
        case (.hole, _), (.delalloc, _):
            return "gives page \(index) a block: \(before(old)), \(new.rawValue) now"
        default:
            return old == new
                ? "gives page \(index) another block, \(place)"
                : "makes the block of page \(index) \(new.rawValue); it was \(old.rawValue)"
        }
    }

    private typealias Item = (item: PageTree.Item?, kind: EntryKind?)

    private func phrase(
        _ index: UInt64, _ old: Item, _ new: Item, _ machine: Machine
    ) -> String {
        func name(_ item: Item) -> String {
            let tags = item.item?.tags.tags.map { " " + $0.name }.joined() ?? ""
            let page = item.item?.entry.page.map { " \($0)" } ?? ""
            return (item.kind?.label(machine.vocabulary) ?? "nothing") + page + tags
        }
        func oneMore(_ item: Item) -> String {
            (item.item?.entry.page == nil ? "a " : "") + name(item)
        }
        guard let now = new.item else {
            return "takes \(name(old)) out of the tree at \(index)"
        }
        guard let was = old.item else { return "puts \(oneMore(new)) into the tree at \(index)" }
        if !was.isSameEntry(as: now) {
            return "puts \(oneMore(new)) into the tree at \(index), for \(name(old))"
        }
        let set = now.tags.subtracting(was.tags).tags.map(\.name)
        let cleared = was.tags.subtracting(now.tags).tags.map(\.name)
        let changes = set.map { "sets \($0)" } + cleared.map { "clears \($0)" }
        return changes.joined(separator: " and ") + " at \(index)"
    }

    /// Of a node's count, or of what is in its slots.
    private func phrase(_ old: UInt64?, _ new: UInt64?) -> String {
        func amount(_ number: UInt64?, _ part: Finding.Part) -> String {
            guard let number else { return "no node" }
            // This type has a case of that name.
            return part == .shadows
                ? PageCache.counted(number, "shadow")
                : PageCache.counted(number, "page or node", plural: "pages or nodes")
        }
        switch self {
        case .nodeCount(let index, let height, let part):
            let node = Finding(.brokenTree, index: index, height: height).nodeName
            guard new != nil else { return "frees \(node)" }
            return "lets \(node) count \(amount(new, part))"
                + (old == nil ? "" : " instead of \(old!)")
        case .nodeContents(let index, let height, let part):
            let node = Finding(.brokenTree, index: index, height: height).nodeName
            guard new != nil else { return "frees \(node)" }
            return "leaves \(amount(new, part)) in the slots of \(node)"
                + (old == nil ? "" : ", \(old!) before")
        default: return ""
        }
    }

    private static func name(of target: VMA.Target, _ machine: Machine) -> String {
        switch target {
        case .page(let page): (machine.isZeroPage(page) ? "zero page " : "page ") + "\(page)"
        case .block(let block): "block \(block) of the device"
        case .copy: "a private copy"
        case .hugeZeroPage: "the huge page of zeroes"
        }
    }
}
