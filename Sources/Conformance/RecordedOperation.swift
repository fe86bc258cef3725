/// What a recording says of an operation and of what its caller saw.
extension KernelRecording {
    struct Operation: Codable {
        var op: String
        var map: String?
        var index: UInt64?
        var pages: UInt64?
        var value: UInt8?
        /// Bytes.
        var size: UInt64?
        /// Bytes from the start of the file; of a load or store, from the start of the page.
        var offset: UInt64?
        /// Bytes.
        var length: UInt64?
        /// MiB of memory to fill.
        var mib: UInt64?
        /// A mapping with MAP_PRIVATE.
        var isPrivate: Bool?
        /// A mapping with PROT_READ only.
        var isReadOnly: Bool?
        /// Where a mapping is wanted (MAP_FIXED), in hex.
        var address: String?
        /// Of fallocate and zero_range.
        var keepSize: Bool?
        /// Of msync and sync_file_range, joined by "+".
        var flags: String?
        /// Of fadvise and madvise.
        var advice: String?
        /// Reclaim active pages too, whatever references they have.
        var force: Bool?
        /// Milliseconds.
        var ms: Int?
        /// The thread that runs the operation; nil: the first.
        var task: String?
        /// The kernel function on whose entry the task stops.
        var until: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case op, map, index, pages, value, size, offset, length, mib, address, flags, advice
            case force, ms, task, until
            case isPrivate = "private"
            case isReadOnly = "readonly"
            case keepSize = "keep_size"
        }
    }

    struct Got: Codable {
        var ret: Int?
        var error: String?
        var value: Int?
        var minflt: Int?
        var majflt: Int?
        var signal: String?
        var bug: String?
        /// The access faulted for ever.
        var hang: Bool?
        /// The operation did not run, because an earlier one hangs.
        var notrun: Bool?
        /// The largest size that the file system allows, bytes.
        var sizeLimit: UInt64?
        /// Everything that was read.
        var data: [Run]?
        /// The resident pages of a mapping.
        var mincore: [Pages]?
        /// What became of the pages that reclaim was to take.
        var reclaimed: Int?
        var active: Int?
        var absent: Int?
        var kept: Int?
        /// The task stands where it was to stop.
        var stopped: Bool?
        /// The task waits for a lock.
        var waiting: Bool?
        /// The earlier operations that ended now, by task.
        var finished: [String: Got]?
        /// The signal that ended the recorded process.
        var killed: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case ret, error, value, minflt, majflt, signal, bug, hang, notrun, data, mincore
            case reclaimed, active, absent, kept, stopped, waiting, finished, killed
            case sizeLimit = "s_maxbytes"
        }
    }

    /// So many bytes of one value.
    struct Run: Codable, Equatable {
        var length: UInt64
        var value: UInt8

        init(length: UInt64, value: UInt8) {
            self.length = length
            self.value = value
        }

        init(from decoder: Decoder) throws {
            var pair = try decoder.unkeyedContainer()
            length = try pair.decode(UInt64.self)
            value = try pair.decode(UInt8.self)
        }

        func encode(to encoder: Encoder) throws {
            var pair = encoder.unkeyedContainer()
            try pair.encode(length)
            try pair.encode(value)
        }
    }

    /// Consecutive pages.
    struct Pages: Codable {
        var index: UInt64
        /// Absent: one.
        var pages: UInt64?
    }
}
