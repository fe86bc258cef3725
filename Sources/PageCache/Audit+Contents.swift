import RadixTree

// What the file holds, beside what its users were told: stores that have returned, and what fsync
// has promised.
extension Audit {
    static func contentsFindings(_ machine: Machine) -> [Finding] {
        var findings: [Finding] = []
        for (index, _) in machine.claims.values where isLost(index, machine) {
            findings.append(Finding(.lostStore, index: index))
        }
        addUndurable(machine, &findings)
        return findings
    }

    /// A file that nobody can open any more holds nothing.
    static func isLost(_ index: UInt64, _ machine: Machine) -> Bool {
        guard machine.inode.links > 0 || machine.inode.isCached,
            let value = machine.claims.values[index]
        else { return false }
        return contents(of: index, machine) != value
    }

    /// The first byte of a page of the file, as a read(2) would see it now.
    public static func contents(of index: UInt64, _ machine: Machine) -> UInt8 {
        if !machine.inode.isDAX, let entry = machine.mapping.pageTree.lookup(PageIndex(index)) {
            if let page = entry.page {
                if machine[page].flags.contains(.uptodate) { return machine[page].value }
            } else if machine.inode.fileSystem == .tmpfs {
                let slot = machine.swap.slots[entry.swapSlot]
                return slot?.page.map { machine[$0].value } ?? slot?.value ?? 0
            }
        }
        let block = machine.blocks.lookup(index)
        return block.state == .written ? machine.memory.visible(block.physical) : 0
    }

    private static func addUndurable(_ machine: Machine, _ findings: inout [Finding]) {
        guard machine.memory.hasPromises else { return }
        for (block, line) in machine.memory.lines {
            guard let promised = line.promised, promised != line.durable else { continue }
            guard let index = machine.blocks.fileBlock(ofPhysical: block) else { continue }
            findings.append(Finding(.undurable, index: index))
        }
    }

    static func isUndurable(_ index: UInt64, _ machine: Machine) -> Bool {
        let block = machine.blocks.lookup(index)
        guard block.state != .hole else { return false }
        let line = machine.memory.line(block.physical)
        return line.promised != nil && line.promised != line.durable
    }
}
