/// The swap area and the pages that stand in the swap cache (mm/swapfile.c, mm/swap_state.c), as
/// far as tmpfs uses them.
///
/// The allocator of the kernel is not modelled: slots are numbered from 1 in the order of their
/// allocation, and a number is never used again.
public struct SwapArea: Hashable, Sendable {
    public struct Slot: Hashable, Sendable {
        /// The page that is there.
        public var bytes = PageBytes.zero
        /// The page in the swap cache: what was not yet written, or just read.
        public var page: PageID?
        /// A swap entry of the file names the slot (SWAP_MAP_SHMEM).
        public var isNamed = false

        init() {}
    }

    public private(set) var slots: [UInt64: Slot] = [:]
    private var allocated: UInt64 = 0

    public init() {}

    /// `get_swap_page`: a free slot.
    public mutating func allocate() -> UInt64 {
        allocated += 1
        slots[allocated] = Slot()
        return allocated
    }

    /// Changes a slot; it is free when neither the file nor the swap cache has it any more.
    public mutating func update(_ slot: UInt64, _ change: (inout Slot) -> Void) {
        guard var found = slots[slot] else { return }
        change(&found)
        slots[slot] = found.isNamed || found.page != nil ? found : nil
    }
}
