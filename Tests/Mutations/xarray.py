"""Mutations of Sources/XArray and Sources/Linux6/lib: what the mutation does, the file, what it replaces, and by what."""

from kinds import EXPRESSION, STATEMENT

KIND = EXPRESSION
SOURCES = "Sources"
# The player of the kernel's traces needs nothing else of its room.
PARTS = [
    "Sources/NodeMemory",
    "Sources/RadixTree",
    "Sources/XArray",
    "Sources/PageTree",
    "Sources/PageCache",
    "Sources/Kernel",
    "Sources/Linux6",
    "Sources/Conformance/RadixTreeTrace.swift",
    "Sources/Conformance/TextFile.swift",
    "Sources/Conformance/TraceLine.swift",
    "Sources/Conformance/TraceOutcome.swift",
    "Sources/Conformance/TracePlayer.swift",
    "Sources/Conformance/XArray",
    "Tests/XArrayTests",
    "Tests/Linux6Tests",
    "Tests/ConformanceTests/GoldenXArrayTests.swift",
]
LINKS = ["Tests/Fixtures"]
CHECKOUTS = []

PACKAGE = """// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "mutants",
    targets: [
        .target(name: "NodeMemory"),
        .target(name: "RadixTree", dependencies: ["NodeMemory"]),
        .target(name: "XArray", dependencies: ["NodeMemory"]),
        .target(name: "PageTree", dependencies: ["NodeMemory", "RadixTree", "XArray"]),
        .target(name: "PageCache", dependencies: ["PageTree", "RadixTree", "XArray"]),
        .target(name: "Kernel", dependencies: ["PageCache"]),
        .target(name: "Linux6", dependencies: ["Kernel"]),
        .target(name: "Conformance", dependencies: ["Linux6"]),
        .testTarget(name: "Linux6Tests", dependencies: ["Linux6"]),
        .testTarget(name: "XArrayTests", dependencies: ["XArray"]),
        .testTarget(name: "ConformanceTests", dependencies: ["Conformance"]),
    ],
    swiftLanguageModes: [.v6])
"""

CONFIGURATION = "debug"
BUILD_FLAGS = []

# Tests that take seconds come first: the others run for what these let pass.
SUITES = [
    "ValueTests|InvariantTests|HistoryTests|StepTests|ChangeTests|ReaderTests",
    "GoldenXArrayTests",
    "PropertyTests|ExhaustiveTests",
]
SECONDS = 120

MUTATIONS = [
    (
        "an index outside the array wraps into it",
        "XArray/XArray+Walk.swift",
        'if «nodes.height == 0 ? c.index != 0 : c.index > nodes.span» {',
        'false',
    ),
    (
        "a walk does not follow siblings",
        "XArray/XArray+Walk.swift",
        'while «Word.isSibling(word)» {\n            offset',
        'false',
    ),
    (
        "a walk goes on below the state's order",
        "XArray/XArray+Walk.swift",
        'if «c.shift > node.shift» { break }',
        'false',
    ),
    (
        "an order counts one sibling after the other",
        "XArray/XArray+Walk.swift",
        'let slot = c.offset + «(1 << order)»',
        '(1 + order)',
    ),
    (
        "a reload does not follow a sibling",
        "XArray/XArray+Walk.swift",
        'return «Word.isSibling(word) ? c.node.slot(Word.slot(word)) : word»',
        'word',
    ),
    (
        "an entry of order 1 may go into the head",
        "XArray/XArray+Create.swift",
        'return «last == mask ? last &+ 1 : last»',
        'last',
    ),
    (
        "a new child is not counted",
        "XArray/XArray+Create.swift",
        'writeCounts(&c.node, c.node.slotCount + «1», c.node.valueCount)',
        '0',
    ),
    (
        "a node that waits is not used",
        "XArray/XArray+Create.swift",
        'if let spare = «c.spares.last» {',
        'Int?.none',
    ),
    (
        "a new top node does not take the array's marks",
        "XArray/XArray+Create.swift",
        '} else if «isMarked» {',
        'false',
    ),
    (
        "a new top node does not count a value",
        "XArray/XArray+Create.swift",
        'writeCounts(&node, 1, «Word.isValue(head) ? 1 : 0»)',
        '0',
    ),
    (
        "the old top node does not learn its parent",
        "XArray/XArray+Create.swift",
        '«nodes.writeParent(&old, node)»',
        '_ = old',
        STATEMENT,
    ),
    (
        "a reservation may go into the head",
        "XArray/XArray+Create.swift",
        'shift = «above == 0 && !allowHead» ? Self.bitsPerLevel : above',
        'false',
    ),
    (
        "free marks of new nodes are forgotten",
        "XArray/XArray+Create.swift",
        'if «tracksFree» { writeMarks(&node, 0, .max) }',
        'false',
    ),
    (
        "index 0 of an array that keeps it is free",
        "XArray/XArray+Create.swift",
        'if word == 0, «options.contains(.zeroBusy)» { word = Word.zero }',
        'false',
    ),
    (
        "a range is created from one leaf only",
        "XArray/XArray+Create.swift",
        'if «c.index <= index | UInt64(Self.lastSlot)» { break }',
        'true',
    ),
    (
        "a failed range forgets its order",
        "XArray/XArray+Create.swift",
        '«(c.index, c.shift, c.siblings) = (index, shift, siblings)»',
        'c.index = index',
        STATEMENT,
    ),
    (
        "an entry inside a larger one keeps its siblings",
        "XArray/XArray+Store.swift",
        'if «c.shift < c.node.shift» { c.siblings = 0 }',
        'false',
    ),
    (
        "marks of what is replaced are not gathered",
        "XArray/XArray+Store.swift",
        'if «c.siblings > 0» { squashMarks(&c) }',
        'false',
    ),
    (
        "marks of siblings stay where they were",
        "XArray/XArray+Marks.swift",
        'writeMarks(&c.node, mark, (bits | 1 << UInt64(c.offset)) & «~others»)',
        '.max',
    ),
    (
        "an erasure leaves the marks",
        "XArray/XArray+Store.swift",
        'if «entry == 0» { initMarks(&c) }\n\n',
        'false',
    ),
    (
        "an erasure leaves the siblings",
        "XArray/XArray+Store.swift",
        'if entry == 0, «offset > max» { break }',
        'true',
    ),
    (
        "nodes below a large entry are lost",
        "XArray/XArray+Store.swift",
        'if «NodeRef.isLink(next)» { freeNodes(XArray.link(next), c, &allocator) }',
        'false',
    ),
    (
        "siblings of values are not counted as values",
        "XArray/XArray+Store.swift",
        'values += (Word.isValue(«first») ? 0 : 1)',
        'next',
    ),
    (
        "siblings name the slot before them",
        "XArray/XArray+Store.swift",
        'stored = Word.sibling(«c.offset»)',
        'offset',
    ),
    (
        "an emptied node stays",
        "XArray/XArray+Store.swift",
        'if «count < 0» { deleteNode(&c, &allocator) }',
        'false',
    ),
    (
        "the parent's count does not fall",
        "XArray/XArray+Store.swift",
        'writeCounts(&parent, parent.slotCount - «1», parent.valueCount)',
        '0',
    ),
    (
        "the array shrinks only when a direct child goes",
        "XArray/XArray+Store.swift",
        'if «c.node.word == nodes.rootWord» { shrink(&c, &allocator) }',
        'c.node.word == nodes.rootWord && c.node.height > 1',
    ),
    (
        "the array does not shrink",
        "XArray/XArray+Store.swift",
        'while var top = nodes.top, «top.slotCount == 1» {',
        'false',
    ),
    (
        "an entry of order 6 shrinks into the head",
        "XArray/XArray+Store.swift",
        'if word == 0 || «!NodeRef.isLink(word) && top.shift > 0» { return }',
        'false',
    ),
    (
        "the new top node keeps its parent",
        "XArray/XArray+Store.swift",
        '«nodes.writeParent(&child, nil)»',
        '_ = child',
        STATEMENT,
    ),
    (
        "a freed subtree loses its children for going back",
        "XArray/XArray+Store.swift",
        'if «nodes.journal != nil» { nodes.writeSlot(&node, offset, 0) }',
        'false',
    ),
    (
        "the callback does not see a dying node",
        "XArray/XArray+Store.swift",
        '        writeCounts(&node, 0, 0)\n        «update(&node, c)»',
        '_ = node',
        STATEMENT,
    ),
    (
        "a destroyed array keeps its marks",
        "XArray/XArray+Store.swift",
        '        writeHead(0)\n        «initMarks(&c)»',
        '_ = c',
        STATEMENT,
    ),
    (
        "a node with values and a folio is listed",
        "XArray/XArray+Writes.swift",
        'let isListed = node.slotCount != 0 && «node.slotCount == node.valueCount»',
        'node.valueCount != 0',
    ),
    (
        "after one failed node a store gives up",
        "XArray/XArray+Writes.swift",
        'guard let number = «takeNode(&allocator)» else { return false }',
        'Int?.none',
    ),
    (
        "setting a mark stops below the array",
        "XArray/XArray+Marks.swift",
        '                below = node\n            }\n        }\n        «writeArrayMark(mark, true)»',
        '_ = mark',
        STATEMENT,
    ),
    (
        "clearing a mark goes on although others remain",
        "XArray/XArray+Marks.swift",
        'if «below.hasTags(mark)» { return }',
        'false',
    ),
    (
        "clearing a mark leaves the array's",
        "XArray/XArray+Marks.swift",
        '«writeArrayMark(mark, false)»',
        '_ = mark',
        STATEMENT,
    ),
    (
        "a mark of an absent index stays above it",
        "XArray/XArray+Marks.swift",
        'if «fresh >> UInt64(level) & 1 != 0», word != 0 {',
        'false',
    ),
    (
        "the short way marks a sibling",
        "XArray/XArray+Marks.swift",
        'if leaf.mayHoldOwnWords, «Word.isSibling(leaf.largeSlot(offset))» {',
        'false',
    ),
    (
        "a split gives the new nodes no marks",
        "XArray/XArray+Split.swift",
        'if «version == .linux61 || c.siblings == 0» {',
        'version == .linux612',
    ),
    (
        "a split within a node forgets marks",
        "XArray/XArray+Split.swift",
        'if «!c.node.hasTag(mark, at: canonical)» {',
        'false',
    ),
    (
        "a split keeps the values of the node",
        "XArray/XArray+Split.swift",
        'writeCounts(&c.node, c.node.slotCount, c.node.valueCount + «values»)',
        '0',
    ),
    (
        "a split that finds no memory keeps the nodes that it got",
        "XArray/XArray+Split.swift",
        '«array.dropSpares(&c, &allocator)»',
        '_ = c',
        STATEMENT,
    ),
    (
        "a split begins at the lowest slot that is new",
        "XArray/XArray+Split.swift",
        'let canonical = offset - «c.siblings»',
        '0',
    ),
    (
        "a search that begins inside an entry skips a slot",
        "XArray/XArray+Find.swift",
        'c.offset = Int((c.index &- 1) & 63) + «1»',
        '2',
    ),
    (
        "a search goes past its limit",
        "XArray/XArray+Find.swift",
        'let end = «left < 63 ? Swift.min(c.offset + Int(left) + 1, 64) : 64»',
        '64',
    ),
    (
        "a search returns siblings",
        "XArray/XArray+Find.swift",
        'if word != 0, «!Word.isSibling(word)» { return word }',
        'true',
    ),
    (
        "a conflict is looked for in the first slot only",
        "XArray/XArray+Find.swift",
        'if «c.offset & c.siblings == c.siblings» { break }',
        'true',
    ),
    (
        "a pause forgets the siblings",
        "XArray/XArray+Find.swift",
        'while offset < Self.slotsPerNode, «Word.isSibling(c.node.slot(offset))» { offset += 1 }',
        'false',
    ),
    (
        "a marked search begins inside an entry",
        "XArray/XArray+FindMarked.swift",
        'if «Word.isSibling(word)» {\n                    c.offset',
        'false',
    ),
    (
        "a marked search stands still",
        "XArray/XArray+FindMarked.swift",
        'let first = c.offset + («advance» ? 1 : 0)',
        'false',
    ),
    (
        "free slots are not found",
        "XArray/XArray+FindMarked.swift",
        'if word == 0, «!(tracksFree && mark == 0)» {',
        'true',
    ),
    (
        "the slot moves with the index in a large entry",
        "XArray/XArray+Neighbours.swift",
        'if «c.offset != c.node.slotNumber(c.index)» { c.offset += 1 }',
        'true',
    ),
    (
        "a value is no miss",
        "XArray/XArray+Neighbours.swift",
        'if word == 0 || «Word.isValue(word)» || c.index == 0 { return Index(c.index) }',
        'false',
    ),
    (
        "an insert replaces a reservation",
        "XArray/XArray+Normal.swift",
        'if «array.load(&c) != 0» {',
        '![0, Word.zero].contains(array.load(&c))',
    ),
    (
        "an exchange takes a reservation for nothing",
        "XArray/XArray+Normal.swift",
        'guard «found == old?.word ?? 0» else { return }',
        'found == old?.word ?? 0 || found == Word.zero',
    ),
    (
        "a range is stored slot by slot of one index",
        "XArray/XArray+Normal.swift",
        '(last - first) >> shift >= «63»',
        '.max',
    ),
    (
        "a piece of a range leaves its node",
        "XArray/XArray+Normal.swift",
        'Swift.min(whole, UInt64(Self.slotsPerNode - «offset»))',
        '0',
    ),
    (
        "find after finds the entry again",
        "XArray/XArray+Normal.swift",
        'if !c.isInvalid, «isInside(c)» || word == Word.zero { continue }',
        'false',
    ),
    (
        "the short way stores over what is there",
        "XArray/XArray+Lookup.swift",
        'guard let leaf = largeLeaf(for: index) else { return false }\n        let offset = '
        'Digits.last(of: index, bits: 6)\n        if «leaf.isOccupied(offset)» ||',
        'false',
    ),
    (
        "the short way erases the first slot of an entry",
        "XArray/XArray+Lookup.swift",
        'if offset != Self.lastSlot, «Word.isSibling(leaf.largeSlot(offset &+ 1))» { return nil }',
        'false',
    ),
    (
        "the short way forgets the marks of what it erases",
        "XArray/XArray+Lookup.swift",
        'leaf.slotCount > 2, «leaf.tagSet(at: offset) == 0»',
        'true',
    ),
    (
        "the short way does not count values",
        "XArray/XArray+Lookup.swift",
        '        leaf.noteOwnWord(entry.word)\n        leaf.count &+= «entry.isValue ? 0x101 : 1»',
        '1',
    ),
    (
        "changes of marks are no changes",
        "XArray/XArray+Changes.swift",
        'occupied & (new.differingSlots(old, .sixtyFour) | «marks»)',
        '0',
    ),
    (
        "changes are sought in slots that differ, siblings or not",
        "XArray/XArray+Changes.swift",
        'guard new.isLarge, old.isLarge, «!new.mayHoldOwnWords» else {',
        'true',
    ),
    (
        "a history takes the entry in the head for a link",
        "NodeMemory/NodeHistory.swift",
        'tree.rootWord = «tree.height > 0» ? tree.word(ofLink: content) : content',
        'content & 1 == 1',
    ),
    (
        "a node that grows forgets what it may hold",
        "NodeMemory/NodeRef.swift",
        'if «moved.isLarge» { moved.noteOwnWord(word) }',
        'false',
    ),
    (
        "a lookup takes an entry above the leaves for a node",
        "XArray/XArray+Writes.swift",
        'if «node.height > 1», word != 0, !NodeRef.isLink(word) { mayHoldLargeEntries = true }',
        'false',
    ),
    (
        "going back forgets that the top leaf moved",
        "NodeMemory/NodeHistory.swift",
        'let touchesRoot = «rootFirst < end || tree.store.mayShareLeaves»',
        'rootFirst < end',
    ),
    (
        "only the last word of the root goes back",
        "NodeMemory/NodeHistory.swift",
        'while «rootFirst > first», records',
        'rootFirst > first && rootFirst == end',
    ),
    # Sources/Linux6: what a reader could tell, though the end is the same.
    (
        "a listing hooks a new child in where the next slot is",
        "Linux6/lib/XArray+Create.swift",
        'm.xa.setSlot(child, of: node, at: «offset»)',
        'offset ^ 1',
    ),
    (
        "a listing counts a child after nothing",
        "Linux6/lib/XArray+Create.swift",
        'if let parent = m.xas.node { «m.updateNode(parent)» }',
        '()',
    ),
    (
        "a listing looks past the levels that failed",
        "Linux6/lib/XArray+Create.swift",
        'm.locals.node = «m.tasks[m.current].returnedNode»\n            return m.locals.node == nil',
        'm.tasks[m.current].returnedNode ?? m.locals.node',
    ),
    (
        "a listing clears marks after the slot",
        "Linux6/lib/XArray+Store.swift",
        '«m.locals.xas.entry == .empty» ? m.callXas(.xasInitMarks) : .next',
        'false',
    ),
    (
        "a listing clears the siblings' marks and not one more",
        "Linux6/lib/XArray+Store.swift",
        'm.xa.setMarks(mark, of: node, m.xa.marks(mark, of: node) & ~«others»)',
        '(others & (others &- 1))',
    ),
    (
        "a listing writes siblings that name themselves",
        "Linux6/lib/XArray+Store.swift",
        'm.locals.xas.entry = .sibling(of: «m.xas.offset»)',
        'm.locals.offset',
    ),
    (
        "a listing does not free what a slot led to",
        "Linux6/lib/XArray+Store.swift",
        'return «m.locals.xas.next.node == nil» ? .jump(sums) : .next',
        'true',
    ),
    (
        "a listing goes on storing after a failure without a node",
        "Linux6/lib/XArray+Store.swift",
        'if «fetched == 1» { m.xas.reset() }',
        'false',
    ),
    (
        "a listing frees a node whose parent is not told",
        "Linux6/lib/XArray+Delete.swift",
        'm.xa.setCount(m.xa.count(of: parent) - «1», of: parent)',
        '0',
    ),
    (
        "a listing leaves entries in freed nodes",
        "Linux6/lib/XArray+Delete.swift",
        'm.xa.setSlot(«.retry», of: node, at: offset)',
        'm.xa.slot(offset, of: node)',
    ),
    (
        "a listing leaves the entry in a top that goes",
        "Linux6/lib/XArray+Delete.swift",
        'if «m.locals.xas.entry.node == nil» { m.xa.setSlot(.retry',
        'false',
    ),
    (
        "a listing's new top keeps its parent",
        "Linux6/lib/XArray+Delete.swift",
        'm.xa.setParent(«nil», of: node)',
        'm.xa.parent(of: node)',
    ),
    (
        "a listing splits from the first slot",
        "Linux6/lib/XArray+Split.swift",
        'm.locals.offset = m.xas.offset + «(1 << (m.locals.count % 6)) - 1»',
        'm.xas.siblings',
    ),
    (
        "6.12 marks all slots of a split, as 6.1",
        "Linux6/lib/XArray+Split.swift",
        'm.xa.markSlots(child, mark, every: «isOld ? 1 : siblings + 1»)',
        '1',
    ),
    (
        "a listing searches on from within an entry",
        "Linux6/lib/XArray+Find.swift",
        'm.xas.offset = Int((m.xas.index.rawValue &- 1) & 63) + «1»',
        '2',
    ),
    (
        "a marked search does not go back to the first slot",
        "Linux6/lib/XArray+FindMarked.swift",
        'guard «!m.locals.xas.advances»,\n                case .sibling',
        'false',
    ),
    (
        "a reader in a leaf that went takes retry for an entry",
        "Linux6/lib/XArray.swift",
        'return «content == .retry» || content == .entry(.zero)',
        'false',
    ),
    (
        "a freed node does not wait for readers",
        "PageCache/RCU.swift",
        'waiting[place].tasks |= «readers»',
        '0',
    ),
    (
        "a freed node's links are those of the node that has its memory",
        "XArray/XArray+Retired.swift",
        'if let node = «retired[id]» { return node.slots[offset] }',
        'Optional<Retired>.none',
    ),
]
