/// What a recording says of the file after an operation.
extension KernelRecording {
    /// A page, a DAX entry or a shadow of the tree, or several that agree in everything.
    struct Entry: Codable {
        var index: UInt64
        /// Absent: one.
        var pages: UInt64?
        var kind: String
        var type: String?
        var sector: Int64?
        var tags: String?
        var mapcount: Int?
        /// Letters of five flags.
        var pageFlags: String?
        /// Names of all flags.
        var flags: String?
        var refs: Int?
        /// The state of the page's buffer_head; absent: it has none.
        var buffer: String?
        /// The bytes at 0, 1, 2047 and 4095.
        var bytes: [UInt8?]?
        /// The whole page; absent: all bytes are equal.
        var runs: [Run]?
        /// Before the per-CPU lists were emptied; absent: the same as after.
        var batched: Batched?
        var shadow: Shadow?
        /// The page points to another file or index.
        var mappingIndex: Anything?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case index, pages, kind, type, sector, tags, mapcount, flags, refs, buffer, bytes, runs
            case batched, shadow
            case pageFlags = "page_flags"
            case mappingIndex = "mapping_index"
        }

        /// The entry's indices.
        var range: Range<UInt64> { index..<(index + (pages ?? 1)) }
    }

    struct Batched: Codable {
        var refs: Int
        var flags: String?
    }

    /// A decoded shadow entry.
    struct Shadow: Codable {
        /// The two low bits of the word.
        var low: Int
        var zone: String
        var zoneIndex: Int
        var node: Int
        /// The refault distance if the page came back now.
        var distance: Int?
        /// What the distance grows by from each page of the run to the next.
        var step: Int?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case low, zone, node, distance, step
            case zoneIndex = "zone_index"
        }
    }

    /// Of a value only that it stands there.
    struct Anything: Codable {
        init(from decoder: Decoder) {}
        func encode(to encoder: Encoder) throws {}
    }

    struct Node: Codable {
        /// Slots from the root.
        var path: String
        var height: Int
        var base: UInt64
        var count: Int
        var shadows: Int?
        var tagsDirty: String?
        var tagsTowrite: String?
        var tagsWriteback: String?
        /// On the list of nodes that hold only shadows.
        var listed: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case path, height, base, count, shadows, listed
            case tagsDirty = "tags_dirty"
            case tagsTowrite = "tags_towrite"
            case tagsWriteback = "tags_writeback"
        }
    }

    /// Where the counters are not what the tree holds.
    struct Check: Codable {
        var pages: Int64
        var exceptional: Int64
        var nrpagesMinusPages: Int64?
        var nrexceptionalMinusExceptional: Int64?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case pages = "pages_in_tree"
            case exceptional = "exceptional_in_tree"
            case nrpagesMinusPages = "nrpages_minus_pages"
            case nrexceptionalMinusExceptional = "nrexceptional_minus_exceptional"
        }
    }

    /// Blocks of the file in one state.
    struct Blocks: Codable {
        var index: UInt64
        var pages: UInt64
        var state: String
    }

    /// What a fresh read of pages sees.
    struct Contents: Codable {
        var index: UInt64
        var pages: UInt64?
        /// page, block or zero.
        var from: String
        /// nil: behind the end of the file.
        var bytes: [UInt8?]
        var runs: [Run]?
        /// Of the block on the device, where they are other.
        var disk: [UInt8?]?
        var diskRuns: [Run]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case index, pages, from, bytes, runs, disk
            case diskRuns = "disk_runs"
        }
    }

    /// Present page table entries.
    struct Mapped: Codable {
        var map: String
        var index: UInt64
        var pages: UInt64?
        /// page, private, block, huge-block or zero.
        var kind: String
        var write: Int
        var dirty: Int
        var young: Int
        /// Of the copy's page.
        var flags: String?
        var refs: Int?
        var mapcount: Int?
        /// As seen through the mapping.
        var bytes: [UInt8?]
        var runs: [Run]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case map, index, pages, write, dirty, young, flags, refs, mapcount, bytes, runs
            case kind = "is"
        }
    }

    /// The read-ahead state of the open file (`struct file_ra_state`), pages.
    struct ReadAhead: Codable {
        var start: UInt64
        var size: UInt64
        var asyncSize: UInt64
        var pages: UInt64
        var mmapMiss: Int
        /// Bytes.
        var position: Int64
        /// Advised RANDOM.
        var random: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case start, size, random
            case asyncSize = "async_size"
            case pages = "ra_pages"
            case mmapMiss = "mmap_miss"
            case position = "prev_pos"
        }
    }

    /// Counted in one operation.
    struct Workingset: Codable {
        var refault: Int?
        var activate: Int?
        var nodereclaim: Int?
    }

    /// The file pages of the whole machine.
    struct Zone: Codable {
        var activeFile: Int
        var inactiveFile: Int
        /// Since the first step.
        var inactiveAge: Int

        enum CodingKeys: String, CodingKey, CaseIterable {
            case activeFile = "active_file"
            case inactiveFile = "inactive_file"
            case inactiveAge = "inactive_age"
        }
    }
}

/// The state after a step, with what its line does not repeat.
struct RecordedState {
    var entries: [KernelRecording.Entry] = []
    var nodes: [KernelRecording.Node] = []
    var blocks: [KernelRecording.Blocks] = []
    var contents: [KernelRecording.Contents] = []
    var maps: [KernelRecording.Mapped] = []
    var readAhead: KernelRecording.ReadAhead?
    /// False while the recorder did not read blocks and contents.
    var hasBlocks = false

    /// Takes over what a line says.
    mutating func follow(_ step: KernelRecording.Step) {
        guard step.hasState else { return }
        if step.same != true {
            entries = step.entries ?? []
            nodes = step.nodes ?? []
        }
        if let given = step.blocks {
            blocks = given
            hasBlocks = true
        }
        contents = step.contents ?? contents
        maps = step.maps ?? maps
        readAhead = step.readAhead ?? readAhead
    }
}
