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
        case .fsync: "fsync"
        case .msync: "msync"
        case .syncfs: "syncfs"
        case .truncate: "truncate"
        case .fallocate: "fallocate"
        case .punch: "punch"
        case .dropCaches: "drop-caches"
        case .reclaim: "reclaim"
        case .unlink: "unlink"
        case .close: "close"
        case .umount: "umount"
        case .powerLoss: "power-loss"
        case .fail: "fail"
        }
    }
}

extension Operation: CustomStringConvertible {
    /// One line for people, such as `store huge[512] = 0xa5`.
    public var description: String {
        func hex(_ value: UInt8) -> String { "0x" + String(value, radix: 16) }
        func range(_ first: UInt64, _ pages: UInt64) -> String {
            pages == 1 ? "\(first)" : "\(first)..\(first &+ pages &- 1)"
        }
        switch self {
        case .mmap(let name, let first, let pages, let shared, let aligned):
            let kind = [shared ? nil : "private", aligned ? nil : "unaligned"].compactMap(\.self)
            let tail = kind.isEmpty ? "" : " (\(kind.joined(separator: ", ")))"
            return "mmap \(name) = pages \(range(first, pages))\(tail)"
        case .munmap(let map): return "munmap \(map)"
        case .load(let map, let page): return "load \(map)[\(page)]"
        case .store(let map, let page, let value): return "store \(map)[\(page)] = \(hex(value))"
        case .pread(let first, let pages): return "pread pages \(range(first, pages))"
        case .pwrite(let first, let pages, let value):
            return "pwrite pages \(range(first, pages)) = \(hex(value))"
        case .msync(let map, let first, let pages): return "msync \(map)[\(range(first, pages))]"
        case .truncate(let size): return "truncate to \(size) bytes"
        case .fallocate(let first, let pages): return "fallocate pages \(range(first, pages))"
        case .punch(let offset, let length): return "punch \(length) bytes at \(offset)"
        case .reclaim(let page): return page.map { "reclaim page \($0)" } ?? "reclaim"
        case .fail(let call): return "fail: node allocation \(call)"
        case .fsync, .syncfs, .dropCaches, .unlink, .close, .umount, .powerLoss: return name
        }
    }
}

extension Operation {
    /// Whether the model knows what the operation does to a file of tmpfs.
    public var isKnownOnTmpfs: Bool {
        switch self {
        case .pread, .pwrite, .syncfs, .truncate, .dropCaches, .reclaim, .unlink, .close, .umount,
            .powerLoss, .fail:
            true
        case .mmap, .munmap, .load, .store, .fsync, .msync, .fallocate, .punch: false
        }
    }
}
