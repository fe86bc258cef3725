"""Mutations of Sources/RadixTree and of the memory below it: what the mutation does, the file, what it replaces, and by what.

Each has a build of its own, so that the tree is compiled as it always is.
"""

from kinds import BUILD

KIND = BUILD
SOURCES = "Sources"
# The player of the kernel's traces needs nothing else of its room.
PARTS = [
    "Sources/NodeMemory",
    "Sources/RadixTree",
    "Sources/Conformance/RadixTreeTrace.swift",
    "Sources/Conformance/TextFile.swift",
    "Sources/Conformance/TraceLine.swift",
    "Sources/Conformance/TraceOutcome.swift",
    "Sources/Conformance/TracePlayer.swift",
    "Tests/RadixTreeTests",
    "Tests/ConformanceTests/GoldenTraceTests.swift",
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
        .target(name: "Conformance", dependencies: ["RadixTree"]),
        .testTarget(name: "RadixTreeTests", dependencies: ["RadixTree"]),
        .testTarget(name: "ConformanceTests", dependencies: ["Conformance"]),
    ],
    swiftLanguageModes: [.v6])
"""

CONFIGURATION = "debug"
BUILD_FLAGS = []

# Tests that take seconds come first: the others run for what these let pass.
SUITES = [
    "GoldenTraceTests|PrimitiveTests|InvariantTests|HistoryTests|ValueTests",
    "PropertyTests|ExhaustiveTests",
]
SECONDS = 120

MUTATIONS = [
    (
        "shrink stops after one level",
        "RadixTree/RadixTree+Delete.swift",
        'while shrink(&allocator) {}',
        '_ = shrink(&allocator)',
    ),
    (
        "shrink ignores the count of the top node",
        "RadixTree/RadixTree+Delete.swift",
        'guard let top, top.count == 1, top.slot(0) != 0 else { return false }\n        rootWord',
        'guard let top, top.slot(0) != 0 else { return false }\n        rootWord',
    ),
    (
        "shrink only ever counts slots, not shadows",
        "RadixTree/RadixTree+Delete.swift",
        'while node.count == 0 {',
        'while node.count & 127 == 0 {',
    ),
    (
        "shrink leaves the child its parent",
        "RadixTree/RadixTree+Delete.swift",
        '            nodes.writeParent(&child, nil)\n',
        '',
    ),
    (
        "a delete does not shrink",
        "RadixTree/RadixTree+Delete.swift",
        'if node.word == rootWord, node.count == 1 {',
        'if false {',
    ),
    (
        "an emptied parent is not freed",
        "RadixTree/RadixTree+Delete.swift",
        '            freed = true\n            node = parent',
        '            return true',
    ),
    (
        "the parent's count does not fall",
        "RadixTree/RadixTree+Delete.swift",
        'writeCount(&above, above.count &- 1)',
        'writeCount(&above, above.count)',
    ),
    (
        "freeing the last node leaves the height",
        "RadixTree/RadixTree+Delete.swift",
        '            rootTags = []\n            nodes.setHeight(0)\n            rootWord = 0',
        '            rootTags = []\n            rootWord = 0',
    ),
    (
        "freeing the root entry leaves its tags",
        "RadixTree/RadixTree+Delete.swift",
        '            rootTags = []\n            rootWord = 0\n            return entry',
        '            rootWord = 0\n            return entry',
    ),
    (
        "a delete leaves the slot's tags",
        "RadixTree/RadixTree+Delete.swift",
        'if tags != 0 { clear(TagSet(rawValue: tags), from: node, place.offset) }',
        '_ = tags',
    ),
    (
        "a delete ignores the expected entry",
        "RadixTree/RadixTree+Delete.swift",
        '        if let expected, expected != entry { return nil }\n        guard var node',
        '        guard var node',
    ),
    (
        "a new level does not take the root's tags",
        "RadixTree/RadixTree+Create.swift",
        'for tag in rootTags.tags { nodes.writeTag(&node, 0, tag.rawValue, true) }',
        '',
    ),
    (
        "a new level does not become the parent",
        "RadixTree/RadixTree+Create.swift",
        '            nodes.writeParent(&top, node)\n',
        '',
    ),
    (
        "a new child is not counted",
        "RadixTree/RadixTree+Create.swift",
        'writeCount(&above, above.count &+ 1)\n        return node',
        'return node',
    ),
    (
        "an empty tree keeps its height before a failure",
        "RadixTree/RadixTree+Create.swift",
        '            raiseHeightOfEmptyTree(to: needed)\n            return true\n        }\n        while',
        '            raiseHeightOfEmptyTree(to: max(height, 1))\n        }\n        while rootWord != 0,',
    ),
    (
        "a failed level undoes nothing but says success",
        "RadixTree/RadixTree+Create.swift",
        'guard addLevel(allocator: &allocator) else { return false }',
        'guard addLevel(allocator: &allocator) else { return true }',
    ),
    (
        "an insert replaces what is there",
        "RadixTree/RadixTree+Insert.swift",
        'if node.isOccupied(place.offset) { return .exists }',
        'if node.isOccupied(place.offset) { writeSlot(&node, place.offset, entry.rawValue); return .inserted }',
    ),
    (
        "an insert does not count",
        "RadixTree/RadixTree+Insert.swift",
        '        nodes.writeSlot(&node, offset, entry.rawValue)\n        nodes.writeCount(&node, node.count &+ 1)',
        '        nodes.writeSlot(&node, offset, entry.rawValue)',
    ),
    (
        "an insert looks at TOWRITE as well",
        "RadixTree/RadixTree+Insert.swift",
        'at: offset) & 0b011 == 0',
        'at: offset) & 0b111 == 0',
    ),
    (
        "clearing a tag stops at the leaf",
        "RadixTree/RadixTree+Tags.swift",
        'return node.hasTags(tag) ? .othersRemain : .lastCleared',
        'return .othersRemain',
    ),
    (
        "clearing a tag goes on although others remain",
        "RadixTree/RadixTree+Tags.swift",
        'return node.hasTags(tag) ? .othersRemain : .lastCleared',
        'return .lastCleared',
    ),
    (
        "clearing a tag leaves the root's",
        "RadixTree/RadixTree+Tags.swift",
        '                rootTags.remove(TagSet(rawValue: 1 << UInt8(tag)))\n                return',
        '                return',
    ),
    (
        "setting a tag leaves the root's",
        "RadixTree/RadixTree+Tags.swift",
        '        rootTags = TagSet(rawValue: rootTags.rawValue | 1 &<< UInt8(truncatingIfNeeded: tag))\n        return true',
        '        return true',
    ),
    (
        "setting a tag of an absent index goes unnoticed",
        "RadixTree/RadixTree+Tags.swift",
        'if word == 0 { return .bug }',
        'if word == 0 { return .absent }',
    ),
    (
        "setting a tag above the tree goes unnoticed",
        "RadixTree/RadixTree+Tags.swift",
        'guard index.rawValue <= span else { return .bug }',
        'guard index.rawValue <= span else { return .absent }',
    ),
    (
        "a range tag rises one level only",
        "RadixTree/RadixTree+RangeTag.swift",
        '            node = parent\n        }\n    }',
        '            break\n        }\n    }',
    ),
    (
        "a range tag does not reach the root",
        "RadixTree/RadixTree+RangeTag.swift",
        'if tagged > 0 { rootTags.insert(TagSet(settag)) }',
        '_ = 0',
    ),
    (
        "a range tag forgets to write first without the tag",
        "RadixTree/RadixTree+RangeTag.swift",
        '            first = Index(end &+ 1)\n            return 0',
        '            return 0',
    ),
    (
        "a range tag counts only new tags",
        "RadixTree/RadixTree+RangeTag.swift",
        '                tagged += 1\n                raise(settag, from: &node, offset)',
        '                if !node.hasTag(settag, at: offset) { tagged += 1 }\n                raise(settag, from: &node, offset)',
    ),
    (
        "a range tag goes past its limit",
        "RadixTree/RadixTree+RangeTag.swift",
        'tagged >= limit',
        'tagged > limit',
    ),
    (
        "exceptional entries are no holes",
        "RadixTree/RadixTree+Holes.swift",
        'return !entry.isExceptional',
        'return true',
    ),
    (
        "a search for holes does not stop at the end",
        "RadixTree/RadixTree+Holes.swift",
        '            if hole == 0 { break }',
        '',
    ),
    (
        "the pool is asked after the slab",
        "RadixTree/NodeAllocator.swift",
        'if poolCount > 0 {',
        'if poolCount > 20 {',
    ),
    (
        "a walk forgets the slots after the first leaf's",
        "RadixTree/Walk.swift",
        'if rest == 0 { advance() }',
        'if rest == 0 { self.leaf = nil }',
    ),
    (
        "a walk skips a slot on the way back",
        "RadixTree/Walk.swift",
        '(~1 << UInt64(node.offset))',
        '(~3 << UInt64(node.offset))',
    ),
    (
        "a small node overwrites its last place",
        "NodeMemory/NodeRef+Slots.swift",
        'return Self.matches(places, 255) != 0 || isOccupied(offset)',
        'return true',
    ),
    (
        "a node that grows loses its tags",
        "NodeMemory/NodeRef.swift",
        '        for tag in 0..<3 { moved.setTags(tag, tags(tag)) }\n',
        '',
    ),
    (
        "a node that grows loses its count",
        "NodeMemory/NodeRef.swift",
        '        moved.count = count\n',
        '',
    ),
    (
        "a node that grows leaves its children behind",
        "NodeMemory/NodeStore.swift",
        'if NodeRef.isLink(word) { lead(NodeRef(word: word), to: moved) }',
        '_ = word',
    ),
    (
        "half a line is given back with the other half in use",
        "NodeMemory/NodeStore.swift",
        'if !node.buddy.isOpen { lines.giveBack(node.line) }',
        'lines.giveBack(node.line)',
    ),
    (
        "a copy keeps links into the original",
        "NodeMemory/NodeStore.swift",
        '{ copy.relocate(NodeRef(word: adopted[place])) }',
        '{ _ = place }',
    ),
    (
        "a copy forgets the free names",
        "NodeMemory/NodeStore.swift",
        'copy.freeNumbers = freeNumbers.copy()',
        '',
    ),
    (
        "a tag set on an empty slot of a small node is lost",
        "NodeMemory/NodeTree+Writes.swift",
        'if !node.isLarge, !node.isOccupied(offset) { enlarge(&node, toLarge: true) }',
        '',
    ),
    (
        "a history does not record counts",
        "NodeMemory/NodeTree+Writes.swift",
        'if journal != nil { recordCount(of: node) }',
        '',
    ),
    (
        "a history does not record parents",
        "NodeMemory/NodeTree+Writes.swift",
        'journal?.append(parentOf: node, in: store)',
        '',
    ),
    (
        "a history does not go back to the old height",
        "NodeMemory/NodeHistory.swift",
        'if before.head != after.head { journal.append(.rootHead, before.head) }',
        '',
    ),
    (
        "a history undoes in forward order",
        "NodeMemory/NodeHistory.swift",
        'for index in stride(from: rootFirst - 1, through: first, by: -1) {',
        'for index in first..<rootFirst {',
    ),
    (
        "a write to a shared leaf goes to all copies",
        "NodeMemory/NodeTree.swift",
        'if store.isShared(node) { makeLeafOwn(&node) }',
        '_ = store.isShared(node)',
    ),
    (
        "a slab is not copied for a holder that writes",
        "NodeMemory/LeafPool.swift",
        'if old.holders.pointee.load(ordering: .acquiring) > 1 {',
        'if old.holders.pointee.load(ordering: .acquiring) > 2 {',
    ),
    (
        "a new leaf is put into shared memory",
        "NodeMemory/LeafPool.swift",
        'if generation != 0, !isOwn',
        'if generation < 0, !isOwn',
    ),
    (
        "a parent does not follow a leaf that moves",
        "NodeMemory/NodeStore.swift",
        '            parent.fillSlot(leaf.offset, leaf.word)\n',
        '',
    ),
    (
        "a name does not follow a leaf that moves",
        "NodeMemory/NodeStore.swift",
        'links[number] = linkWord(leaf)\n        if recentLeaf',
        'if recentLeaf',
    ),
    (
        "the recent leaf stays in the old slab",
        "NodeMemory/NodeStore.swift",
        'if recentLeaf == old { recentLeaf = leaf }',
        '',
    ),
    (
        "a slab goes with its first holder",
        "NodeMemory/LeafPool.swift",
        'if left == 0 { slab.memory.deallocate() }',
        'if left <= 1 { slab.memory.deallocate() }',
    ),
    (
        "another copy does not make a checked slab shared again",
        "NodeMemory/NodeStore.swift",
        'generation.add(1, ordering: .relaxed)',
        'generation.add(0, ordering: .relaxed)',
    ),
    (
        "changes of tags are no changes",
        "RadixTree/RadixTree+Changes.swift",
        'if before != after { body',
        'if before?.entry != after?.entry { body',
    ),
    (
        "changes below a higher top are not found",
        "RadixTree/RadixTree+Changes.swift",
        'return self.height == height ? NodeRef(word: word).occupied : 1',
        'return self.height == height ? NodeRef(word: word).occupied : 0',
    ),
]
