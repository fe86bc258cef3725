import Kernel
import PageCache

/// What a recorded operation is to the model.
enum Replayed {
    /// The model's operations that do the same, one after the other.
    case operations([Kernel.Operation])
    /// The model has nothing that does this, such as "zero_range".
    case notModelled(String)
}

/// The one place where recorded operations become operations of the model.
extension KernelRun {
    /// - Throws: `Malformed` for an operation that no recording has.
    func operation(_ step: KernelRecording.Step, file: String) throws -> Replayed {
        let it = step.do
        switch it.op {
        case "load", "store", "pread", "pwrite", "mmap", "munmap": return access(it)
        case "fsync": return .operations([.fsync])
        case "syncfs": return .operations([.syncfs])
        case "msync": return msync(it)
        case "fallocate":
            guard it.keepSize != true else { return .notModelled("fallocate keep_size") }
            guard it.offset == nil else { return .notModelled("fallocate of bytes") }
            return .operations([.fallocate(first: it.index ?? 0, pages: it.pages ?? 1)])
        case "punch":
            let bytes = bytes(it)
            return .operations([.punch(offset: bytes.offset, length: bytes.length)])
        case "create", "ftruncate": return .operations([.truncate(size: it.size ?? 0)])
        case "drop_caches": return .operations([.dropCaches])
        case "stream", "pressure": return .operations([.reclaim(page: nil)])
        case "reclaim":
            guard it.force != true else { return .notModelled("reclaim force") }
            let first = it.index ?? 0
            return .operations((first..<first + (it.pages ?? 1)).map { .reclaim(page: $0) })
        case "unlink": return .operations([.unlink])
        case "close": return .operations([.close])
        case "umount": return .operations([.umount])
        case "wait": return .operations([])
        case "dread", "dwrite", "fdatasync", "sync_file_range", "zero_range", "collapse", "insert",
            "fadvise", "madvise", "readahead", "mincore", "reopen", "remount":
            return .notModelled(it.op)
        default:
            throw Malformed(file: file, line: step.line, reason: "unknown operation \(it.op)")
        }
    }

    private func access(_ it: KernelRecording.Operation) -> Replayed {
        let map = it.map ?? ""
        let first = it.index ?? 0
        let pages = it.pages ?? 1
        switch it.op {
        case "mmap":
            guard it.address == nil else { return .notModelled("mmap at an address") }
            guard it.isReadOnly != true else { return .notModelled("mmap readonly") }
            return .operations([
                .mmap(
                    name: map, first: first, pages: pages, shared: it.isPrivate != true,
                    aligned: true)
            ])
        case "munmap": return .operations([.munmap(map: map)])
        case "load", "store":
            guard it.offset ?? 0 == 0 else { return .notModelled("\(it.op) in a page") }
            return .operations([
                it.op == "load"
                    ? .load(map: map, page: first)
                    : .store(map: map, page: first, value: it.value ?? 0)
            ])
        default:
            guard it.offset == nil else { return .notModelled("\(it.op) of bytes") }
            return .operations([
                it.op == "pread"
                    ? .pread(first: first, pages: pages)
                    : .pwrite(first: first, pages: pages, value: it.value ?? 0)
            ])
        }
    }

    private func msync(_ it: KernelRecording.Operation) -> Replayed {
        guard (it.flags ?? "sync") == "sync" else {
            return .notModelled("msync \(it.flags ?? "")")
        }
        let map = it.map ?? ""
        let vma = machine.vma(named: map).map { machine.vmas[$0] }
        return .operations([
            .msync(
                map: map, first: it.index ?? vma?.first ?? 0, pages: it.pages ?? vma?.count ?? 1)
        ])
    }

    /// Some operations name pages in one line and bytes in another.
    private func bytes(_ it: KernelRecording.Operation) -> (offset: UInt64, length: UInt64) {
        guard it.offset == nil, let index = it.index else {
            return (it.offset ?? 0, it.length ?? 0)
        }
        return (index * Geometry.pageSize, (it.pages ?? 1) * Geometry.pageSize)
    }

    /// What the recorder did with an operation unasked: without read-ahead it advised
    /// POSIX_FADV_RANDOM on the open file and MADV_RANDOM on each mapping. The model does not read
    /// ahead, so that it has nothing to be told.
    func recordersAdvice(after it: KernelRecording.Operation) -> [Kernel.Operation] {
        []
    }

    /// The machine before the first operation.
    static func freshMachine(_ fileSystem: FileSystem, isDAX: Bool) -> Machine {
        Machine(file: FileConfiguration(size: 0, fileSystem: fileSystem, dax: isDAX))
    }
}
