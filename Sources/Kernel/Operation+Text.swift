import PageCache

extension Operation {
    /// The operation's name in scenario files.
    public var name: String {
        switch self {
        case .mmap: "mmap"
        case .munmap: "munmap"
        case .load: "load"
        case .store: "store"
        case .pread: "pread"
        case .pwrite: "pwrite"
        case .dread: "dread"
        case .dwrite: "dwrite"
        case .fsync: "fsync"
        case .fdatasync: "fdatasync"
        case .msync: "msync"
        case .syncfs: "syncfs"
        case .syncFileRange: "sync-file-range"
        case .truncate: "truncate"
        case .fallocate: "fallocate"
        case .punch: "punch"
        case .zeroRange: "zero-range"
        case .collapse: "collapse"
        case .insert: "insert"
        case .fadvise: "fadvise"
        case .madvise: "madvise"
        case .readahead: "readahead"
        case .mincore: "mincore"
        case .dropCaches: "drop-caches"
        case .reclaim: "reclaim"
        case .unlink: "unlink"
        case .close: "close"
        case .reopen: "reopen"
        case .umount: "umount"
        case .remount: "remount"
        case .powerLoss: "power-loss"
        case .tree(let operation): operation.name
        case .fail, .failIO: "fail"
        }
    }
}

extension Operation: CustomStringConvertible {
    /// One line for people, such as `store huge[512] = 0xa5`.
    public var description: String {
        func hex(_ value: UInt8) -> String { "0x" + String(value, radix: 16) }
        func place(_ page: UInt64, _ offset: Int) -> String {
            offset == 0 ? "\(page)" : "\(page)+\(offset)"
        }
        switch self {
        case .mmap(let name, let first, let pages, let shared, let aligned, let writable, let at):
            let kind = [
                at.map { "at 0x" + String($0, radix: 16) },
                shared ? nil : "private", writable ? nil : "read-only", aligned ? nil : "unaligned",
            ].compactMap(\.self)
            let tail = kind.isEmpty ? "" : " (\(kind.joined(separator: ", ")))"
            return "mmap \(name) = pages \(Self.range(first, pages))\(tail)"
        case .munmap(let map), .mincore(let map): return "\(name) \(map)"
        case .load(let map, let page, let offset): return "load \(map)[\(place(page, offset))]"
        case .store(let map, let page, let offset, let value):
            return "store \(map)[\(place(page, offset))] = \(hex(value))"
        case .pread(let offset, let length), .dread(let offset, let length):
            return "\(name) \(Self.bytes(offset, length))"
        case .pwrite(let offset, let length, let value),
            .dwrite(let offset, let length, let value):
            return "\(name) \(Self.bytes(offset, length)) = \(hex(value))"
        case .msync(let map, let first, let pages, let mode):
            let kind = mode == .sync ? "" : " (\(mode.rawValue))"
            return "msync \(map)[\(Self.range(first, pages))]\(kind)"
        case .syncFileRange(let offset, let length, let flags):
            let what = flags.isEmpty ? "nothing" : flags.spelled.joined(separator: ", ")
            return "sync-file-range \(Self.toEnd(offset, length)) (\(what))"
        case .truncate(let size): return "truncate to \(counted(size, "byte"))"
        case .punch(let offset, let length): return "punch \(counted(length, "byte")) at \(offset)"
        case .readahead(let offset, let length), .collapse(let offset, let length),
            .insert(let offset, let length):
            return "\(name) \(Self.bytes(offset, length))"
        case .fallocate(let offset, let length, let keepSize),
            .zeroRange(let offset, let length, let keepSize):
            return "\(name) \(Self.bytes(offset, length))\(keepSize ? " (keep size)" : "")"
        case .fadvise(let offset, let length, let advice):
            return "fadvise \(Self.toEnd(offset, length)) \(advice.rawValue)"
        case .madvise(let map, let first, let pages, let advice):
            return "madvise \(map)[\(Self.range(first, pages))] \(advice.rawValue)"
        case .reclaim(let pages, let force):
            let what = pages.map { pages in
                " page" + (pages.count == 1 ? " " : "s ")
                    + Self.range(pages.lowerBound, UInt64(pages.count))
            }
            return "reclaim\(what ?? "")\(force ? " (force)" : "")"
        case .tree(let operation): return "\(operation)"
        case .fail(let call): return "fail: node allocation \(call)"
        case .failIO(let call): return "fail: I/O \(call)"
        case .fsync, .fdatasync, .syncfs, .dropCaches, .unlink, .close, .reopen, .umount,
            .remount, .powerLoss:
            return name
        }
    }

    private static func range(_ first: UInt64, _ pages: UInt64) -> String {
        pages == 1 ? "\(first)" : "\(first)..\(first &+ pages &- 1)"
    }

    /// Whole pages, or bytes.
    private static func bytes(_ offset: UInt64, _ length: UInt64) -> String {
        guard offset % Geometry.pageSize == 0, length % Geometry.pageSize == 0, length > 0 else {
            return "\(counted(length, "byte")) at \(offset)"
        }
        return "pages \(range(offset / Geometry.pageSize, length / Geometry.pageSize))"
    }

    private static func toEnd(_ offset: UInt64, _ length: UInt64) -> String {
        length == 0 ? (offset == 0 ? "the file" : "from byte \(offset)") : bytes(offset, length)
    }
}

extension Operation {
    /// Whether the model knows what the operation does to a file of tmpfs.
    public var isKnownOnTmpfs: Bool {
        switch self {
        case .pread, .pwrite, .syncfs, .truncate, .dropCaches, .reclaim, .unlink, .close, .umount,
            .powerLoss, .fail:
            true
        default: false
        }
    }
}
