// mm/swap.c: pages on their way to the LRU lists, the pagevecs of the CPU, and mark_page_accessed.
//
// A new page is on no list: it waits in a pagevec of the CPU, which holds a reference, until 14
// came together and a fifteenth comes, or somebody drains them (munmap, the end of most walks over
// the cache). So does a page that is to become active. Until then PG_lru and PG_active are not
// what they will be.

import Kernel
import PageCache

extension Machine {
    /// lru_cache_add.
    mutating func addToLRU(_ page: PageID) {
        hold(page)
        if pageLists.add.count == Geometry.pagevecSize { drainAdded() }
        pageLists.add.append(page)
    }

    /// mark_page_accessed: first referenced, then active.
    mutating func markAccessed(_ page: PageID) {
        let flags = flags(of: page)
        guard !flags.contains(.active), flags.contains(.referenced) else {
            changeFlags(of: page) { $0.insert(.referenced) }
            return
        }
        if flags.contains(.lru) {
            activate(page)
        } else if pageLists.add.contains(page) {
            changeFlags(of: page) { $0.insert(.active) }
        }
        changeFlags(of: page) { $0.remove(.referenced) }
        // workingset_activation, for pages of files.
        if !flags.contains(.swapBacked) { statistics.inactiveAge += 1 }
    }

    // The pagevecs hold pages of metadata too, of which only flags are kept.

    private func flags(of page: PageID) -> PageFlags {
        page.isMetadata ? metadata[page] : self[page].flags
    }

    private mutating func changeFlags(of page: PageID, _ change: (inout PageFlags) -> Void) {
        if page.isMetadata { change(&metadata[page]) } else { change(&self[page].flags) }
    }

    private mutating func hold(_ page: PageID) {
        if !page.isMetadata { self[page].references += 1 }
    }

    private mutating func activate(_ page: PageID) {
        hold(page)
        pageLists.activate.append(page)
        if pageLists.activate.count == Geometry.pagevecSize { drainActivated() }
    }

    /// deactivate_file_page: what could not be invalidated goes to the end of the inactive list.
    mutating func deactivate(_ page: PageID) {
        self[page].references += 1
        pageLists.deactivate.append(page)
        if pageLists.deactivate.count == Geometry.pagevecSize { drainDeactivated() }
    }

    /// rotate_reclaimable_page: written back because reclaim wanted it.
    mutating func rotate(_ page: PageID) {
        guard self[page].flags.isDisjoint(with: [.locked, .dirty]),
            self[page].flags.contains(.lru)
        else { return }
        self[page].references += 1
        pageLists.rotate.append(page)
        if pageLists.rotate.count == Geometry.pagevecSize { drainRotated() }
    }

    /// lru_add_drain: empties the CPU's pagevecs.
    public mutating func drainPageLists() {
        guard !pageLists.isEmpty else { return }
        drainAdded()
        drainRotated()
        drainDeactivated()
        drainActivated()
    }

    private mutating func drainAdded() {
        let pages = pageLists.add
        pageLists.add = []
        for page in pages {
            changeFlags(of: page) { $0.insert(.lru) }
            countOnList(page, 1)
            put(page)
        }
    }

    private mutating func drainRotated() {
        let pages = pageLists.rotate
        pageLists.rotate = []
        for page in pages { put(page) }
    }

    private mutating func drainDeactivated() {
        let pages = pageLists.deactivate
        pageLists.deactivate = []
        for page in pages {
            let state = self[page]
            if state.flags.contains(.lru), state.mapCount == 0 {
                countOnList(page, -1)
                self[page].flags.remove([.active, .referenced])
                countOnList(page, 1)
                if !state.flags.isDisjoint(with: [.writeback, .dirty]) {
                    self[page].flags.insert(.reclaim)
                }
            }
            put(page)
        }
    }

    private mutating func drainActivated() {
        let pages = pageLists.activate
        pageLists.activate = []
        for page in pages {
            let flags = flags(of: page)
            if flags.contains(.lru), !flags.contains(.active) {
                countOnList(page, -1)
                changeFlags(of: page) { $0.insert(.active) }
                countOnList(page, 1)
            }
            put(page)
        }
    }

    /// NR_ACTIVE_FILE and NR_INACTIVE_FILE, for a page that is on one of the two lists.
    private mutating func countOnList(_ page: PageID, _ change: Int) {
        let flags = flags(of: page)
        guard !flags.contains(.swapBacked) else { return }
        if flags.contains(.active) {
            statistics.nrActiveFile += change
        } else {
            statistics.nrInactiveFile += change
        }
    }

    /// Takes a page off its LRU list.
    mutating func takeOffLRU(_ page: PageID) {
        guard flags(of: page).contains(.lru) else { return }
        countOnList(page, -1)
        changeFlags(of: page) { $0.remove(.lru) }
    }

    /// put_page: drops a reference; the last one frees the page.
    mutating func put(_ page: PageID) {
        guard !page.isMetadata else { return }
        self[page].references -= 1
        guard self[page].references == 0 else { return }
        takeOffLRU(page)
        free(page)
    }
}
