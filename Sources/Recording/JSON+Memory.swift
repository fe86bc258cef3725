import PageCache

// What memory holds: page tables, blocks, their bytes, and pages.

extension RecordedState {
    struct Mapping: Encodable {
        /// What maps 4 KiB.
        struct Small: Encodable {
            /// A file page.
            var page: UInt64
            var to: String
            var block: UInt64?
            var frame: Int?
            var writable: Bool
            /// _PAGE_ACCESSED.
            var accessed: Bool

            init(_ page: UInt64, _ pte: PTE) {
                self.page = page
                writable = pte.isWritable
                accessed = pte.isYoung
                switch pte.target {
                case .page(let page): (to, frame) = ("page", page.number)
                case .block(let block): (to, self.block) = ("block", block)
                case .copy(let page): (to, frame) = ("copy", page.number)
                }
            }
        }

        /// What maps 2 MiB.
        struct Huge: Encodable {
            /// The first file page; before the file where the mapping is off alignment.
            var page: Int64
            var to: String
            var block: UInt64?
            var writable: Bool

            init(_ page: Int64, _ pmd: PMD) {
                self.page = page
                (to, writable) = ("huge-zero", false)
                if case .huge(let block, let isWritable, _) = pmd {
                    (to, self.block, writable) = ("huge", block, isWritable)
                }
            }
        }

        /// From 0: a name may be used again.
        var number: Int
        var name: String
        var first: UInt64
        var pages: UInt64
        var shared: Bool
        var mapped: Bool
        /// VM_WRITE.
        var writable: Bool
        /// What madvise has said.
        var advice: String
        var ptes: Changed<Small, UInt64>?
        var pmds: Changed<Huge, Int64>?

        /// Nil: it is as it was.
        init?(_ number: Int, _ vma: VMA, since old: VMA?) {
            guard old != vma else { return nil }
            self.number = number
            name = Caption.line(vma.name)
            first = vma.first
            pages = vma.count
            shared = vma.isShared
            mapped = vma.isMapped
            writable = vma.allowsStores
            advice = vma.advice.rawValue
            ptes = Changed(old?.ptes, vma.ptes) { Small($0.key, $0.value) }
            pmds = Changed(Self.huge(old), Self.huge(vma)) { Huge($0.key, $0.value) }
        }

        private static func huge(_ vma: VMA?) -> [(key: Int64, value: PMD)] {
            guard let vma else { return [] }
            return vma.pmds.filter { $0.value.isHuge }.map {
                (vma.firstPage(ofRegion: $0.key), $0.value)
            }
        }
    }

    /// A run of file blocks; what is in none is a hole.
    struct Blocks: Encodable {
        var first: UInt64
        var count: UInt64
        var state: String
        var physical: UInt64

        init(_ run: BlockMap.Run) {
            (first, count, physical) = (run.first, run.count, run.physical)
            state = run.state.rawValue
        }
    }

    /// A device block, in the CPU's cache and on the media: the first byte of each, and all bytes
    /// where they are not the same.
    struct Memory: Encodable {
        struct Bytes: Encodable {
            var durable: [ByteRun]?
            var pending: [ByteRun]?
            var cached: [ByteRun]?
            var promised: [ByteRun]?
        }

        var block: UInt64
        var durable: UInt8
        var pending: UInt8?
        var cached: UInt8?
        var promised: UInt8?
        var bytes: Bytes?

        init(_ item: (key: UInt64, value: PersistentMemory.Line)) {
            let line = item.value
            block = item.key
            (durable, pending) = (line.durable.first, line.pending.first)
            (cached, promised) = (line.cached.first, line.promised.first)
            let isUniform =
                line.durable.isUniform && line.pending.isUniform && line.cached.isUniform
                && line.promised.isUniform
            if !isUniform {
                bytes = Bytes(
                    durable: ByteRun.runs(line.durable), pending: ByteRun.runs(line.pending),
                    cached: ByteRun.runs(line.cached), promised: ByteRun.runs(line.promised))
            }
        }
    }

    struct RecordedPage: Encodable {
        var page: Int
        var index: UInt64
        var mapping: Bool
        /// `_count`.
        var references: Int
        /// `_mapcount`, which counts from -1 on.
        var mapcount: Int
        var zero: Bool
        /// A private copy.
        var anonymous: Bool
        var flags: [String]
        /// The bits of its buffer_head, while it has one.
        var buffer: [String]?
        /// The first byte.
        var value: UInt8
        /// All of them, where they are not the same.
        var bytes: [ByteRun]?

        init(_ item: (key: Int, value: Page)) {
            let (number, page) = item
            self.page = number
            index = page.index
            mapping = page.hasMapping
            references = page.references
            mapcount = page.mapCount - 1
            zero = page.isZeroPage
            anonymous = page.isAnonymous
            flags = PageFlags.names.filter { page.flags.contains($0.flag) }.map(\.name)
            if page.flags.contains(.hasBuffers) {
                buffer = BufferHead.State.names.filter { page.buffer.contains($0.state) }
                    .map(\.name)
            }
            value = page.bytes.first
            bytes = ByteRun.runs(page.bytes)
        }
    }

    struct Line: Encodable {
        var level: String
        var text: String

        init(_ line: ConsoleLine) {
            level = "\(line.level)"
            text = Caption.line(line.text)
        }
    }

    struct Held: Encodable {
        var lock: String
        /// Numbers of tasks.
        var tasks: [Int]

        init(_ lock: Lock, _ machine: Machine) {
            self.lock = lock.name(machine.vocabulary)
            tasks = machine.locks.holders(of: lock)
        }
    }
}

/// Bytes of one value, as `[length, value]`; null: there is none.
struct ByteRun: Encodable, Equatable {
    var length: UInt64
    var value: UInt8?

    func encode(to encoder: Encoder) throws {
        var pair = encoder.unkeyedContainer()
        try pair.encode(length)
        if let value {
            try pair.encode(value)
        } else {
            try pair.encodeNil()
        }
    }

    /// Nil: all bytes are the same.
    static func runs(_ bytes: SomeBytes) -> [Self]? {
        guard !bytes.isUniform else { return nil }
        return bytes.segments.map { Self(length: UInt64($0.offsets.count), value: $0.value) }
    }

    static func runs(_ bytes: PageBytes) -> [Self]? { runs(bytes.map(Optional.some)) }
}
