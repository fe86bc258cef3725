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
            let claimed = machine.claims.values[index]
        else { return false }
        return claimed.contains(with: contents(of: index, machine)) { $0 != nil && $0 != $1 }
    }

    /// A page of the file, as a read(2) would see it now.
    public static func contents(of index: UInt64, _ machine: Machine) -> PageBytes {
        if let page = filledPage(index, machine) { return machine[page].bytes }
        if machine.inode.fileSystem == .tmpfs,
            let entry = machine.mapping.lookup(PageIndex(index)), entry.page == nil
        {
            let slot = machine.swap.slots[entry.swapSlot]
            return slot?.page.map { machine[$0].bytes } ?? slot?.bytes ?? .zero
        }
        return machine.blockBytes(index)
    }

    /// The page of the cache that a read(2) would be served from: one that is up to date, or whose
    /// buffer is.
    public static func filledPage(_ index: UInt64, _ machine: Machine) -> PageID? {
        guard !machine.inode.isDAX,
            let page = machine.mapping.lookup(PageIndex(index))?.page
        else { return nil }
        let found = machine[page]
        let isFilled =
            found.flags.contains(.uptodate)
            || found.flags.contains(.hasBuffers) && found.buffer.contains(.uptodate)
        return isFilled ? page : nil
    }

    private static func addUndurable(_ machine: Machine, _ findings: inout [Finding]) {
        guard machine.memory.hasPromises else { return }
        for (block, line) in machine.memory.lines where line.isUndurable {
            guard let index = machine.blocks.fileBlock(ofPhysical: block) else { continue }
            findings.append(Finding(.undurable, index: index))
        }
    }

    static func isUndurable(_ index: UInt64, _ machine: Machine) -> Bool {
        let block = machine.blocks.lookup(index)
        guard block.isAllocated else { return false }
        return machine.memory.line(block.physical).isUndurable
    }
}

extension Machine {
    /// What the block of a page of the file holds: zeroes where it was never written to.
    public func blockBytes(_ index: UInt64) -> PageBytes {
        let block = blocks.lookup(index)
        return block.state == .written ? memory.visible(block.physical) : .zero
    }
}
