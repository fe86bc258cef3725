// include/linux/pagevec.h: what a gang lookup found, and how far a function is with it.
//
// The pagevecs of the functions under way stand one behind the other in `Task.pagevecs`: only the
// innermost function that has one adds to it or empties it.

import Kernel
import PageCache
import RadixTree

extension Locals {
    /// The places of this function's pagevec in `Task.pagevecs`.
    var batch: Range<Int> { Int(batchStart)..<Int(batchStart + batchCount) }
}

extension Machine {
    /// pagevec_init: forgets what the function's pagevec held.
    mutating func openBatch() {
        let count = Int(locals.batchCount)
        if count > 0 { tasks[current].pagevecs.removeLast(count) }
        locals.batchStart = Int32(tasks[current].pagevecs.count)
        locals.batchCount = 0
        locals.item = 0
    }

    mutating func addToBatch(_ index: PageIndex, _ entry: RadixTree.Entry) {
        tasks[current].pagevecs.append(BatchItem(index: index.rawValue, entry: entry))
        locals.batchCount += 1
    }

    /// What most lookups do for each page that they put into a pagevec.
    mutating func referenceBatch() -> Bool {
        for place in locals.batch {
            if let page = tasks[current].pagevecs[place].entry.page { self[page].references += 1 }
        }
        return locals.batchCount > 0
    }

    /// pagevec_release: empties the function's pagevec, and drops the references. If it holds any
    /// page the CPU's own pagevecs are emptied first.
    mutating func releaseBatch() {
        if locals.batch.contains(where: { tasks[current].pagevecs[$0].entry.page != nil }) {
            drainPageLists()
        }
        for place in locals.batch {
            if let page = tasks[current].pagevecs[place].entry.page { put(page) }
        }
        openBatch()
    }

    /// An item of the function's pagevec, from 0; nil behind the last.
    func batchItem(_ number: Int) -> BatchItem? {
        let batch = locals.batch
        return number < batch.count ? tasks[current].pagevecs[batch.lowerBound + number] : nil
    }

    /// The item that the function has come to.
    func nextItem() -> BatchItem? { batchItem(locals.item) }
}
