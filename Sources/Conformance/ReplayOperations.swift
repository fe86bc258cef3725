import Kernel
import PageCache

/// What a recorded operation is to the model.
enum Replayed {
    /// The model's operations that do the same, one after the other.
    case operations([Kernel.Operation])
    /// The model has nothing that does this, such as "mremap".
    case notModelled(String)
}

/// The one place where recorded operations become operations of the model.
extension KernelRun {
    /// - Throws: `Malformed` for an operation that no recording has.
    func operation(_ step: KernelRecording.Step, file: String) throws -> Replayed {
        let it = step.do
        switch it.op {
        case "load", "store", "pread", "pwrite", "mmap", "munmap", "dread", "dwrite":
            return access(it)
        case "fsync": return .operations([.fsync])
        case "syncfs": return .operations([.syncfs])
        case "msync": return msync(it)
        case "fdatasync": return .operations([.fdatasync])
        case "sync_file_range": return syncFileRange(it)
        case "reopen": return .operations([.reopen])
        case "fallocate":
            let bytes = bytes(it)
            return .operations([
                .fallocate(
                    offset: bytes.offset, length: bytes.length, keepSize: it.keepSize == true)
            ])
        case "zero_range", "collapse", "insert": return range(it)
        case "remount": return .operations([.remount])
        case "fadvise", "readahead", "madvise", "mincore": return advise(it)
        case "punch":
            let bytes = bytes(it)
            return .operations([.punch(offset: bytes.offset, length: bytes.length)])
        case "create", "ftruncate": return .operations([.truncate(size: it.size ?? 0)])
        case "drop_caches": return .operations([.dropCaches])
        case "stream", "pressure": return .operations([.reclaim(page: nil)])
        case "reclaim":
            let first = it.index ?? 0
            return .operations([
                .reclaim(pages: first..<first + (it.pages ?? 1), force: it.force == true)
            ])
        case "unlink": return .operations([.unlink])
        case "close": return .operations([.close])
        case "umount": return .operations([.umount])
        case "wait": return .operations([])
        // System calls on mapped files that are still to come.
        case "mremap", "mlock", "fork": return .notModelled(it.op)
        default:
            throw Malformed(file: file, line: step.line, reason: "unknown operation \(it.op)")
        }
    }

    private func range(_ it: KernelRecording.Operation) -> Replayed {
        let (offset, length) = bytes(it)
        switch it.op {
        case "zero_range":
            return .operations([
                .zeroRange(offset: offset, length: length, keepSize: it.keepSize == true)
            ])
        case "collapse": return .operations([.collapse(offset: offset, length: length)])
        default: return .operations([.insert(offset: offset, length: length)])
        }
    }

    private func access(_ it: KernelRecording.Operation) -> Replayed {
        let map = it.map ?? ""
        let first = it.index ?? 0
        let pages = it.pages ?? 1
        switch it.op {
        case "mmap":
            return .operations([
                .mmap(
                    name: map, first: first, pages: pages, shared: it.isPrivate != true,
                    aligned: true, writable: it.isReadOnly != true,
                    address: it.address.flatMap { UInt64($0.dropFirst(2), radix: 16) })
            ])
        case "munmap": return .operations([.munmap(map: map)])
        case "load", "store":
            let offset = Int(it.offset ?? 0)
            return .operations([
                it.op == "load"
                    ? .load(map: map, page: first, offset: offset)
                    : .store(map: map, page: first, offset: offset, value: it.value ?? 0)
            ])
        default:
            let bytes = bytes(it)
            let (offset, length) = (bytes.offset, bytes.length)
            let value = it.value ?? 0
            switch it.op {
            case "pread": return .operations([.pread(offset: offset, length: length)])
            case "dread": return .operations([.dread(offset: offset, length: length)])
            case "dwrite":
                return .operations([.dwrite(offset: offset, length: length, value: value)])
            default:
                return .operations([.pwrite(offset: offset, length: length, value: value)])
            }
        }
    }

    private func advise(_ it: KernelRecording.Operation) -> Replayed {
        let bytes = bytes(it)
        let advice = Advice(rawValue: it.advice ?? "") ?? .normal
        switch it.op {
        case "fadvise":
            return .operations([
                .fadvise(offset: bytes.offset, length: bytes.length, advice: advice)
            ])
        case "readahead":
            return .operations([.readahead(offset: bytes.offset, length: bytes.length)])
        case "mincore": return .operations([.mincore(map: it.map ?? "")])
        default:
            let vma = machine.vma(named: it.map ?? "").map { machine.vmas[$0] }
            return .operations([
                .madvise(
                    map: it.map ?? "", first: it.index ?? vma?.first ?? 0,
                    pages: it.pages ?? vma?.count ?? 1, advice: advice)
            ])
        }
    }

    private func msync(_ it: KernelRecording.Operation) -> Replayed {
        let map = it.map ?? ""
        let vma = machine.vma(named: map).map { machine.vmas[$0] }
        return .operations([
            .msync(
                map: map, first: it.index ?? vma?.first ?? 0, pages: it.pages ?? vma?.count ?? 1,
                mode: SyncMode(rawValue: it.flags ?? "sync") ?? .sync)
        ])
    }

    private func syncFileRange(_ it: KernelRecording.Operation) -> Replayed {
        let bytes = bytes(it)
        let words = (it.flags ?? "").replacing("_", with: "-")
        let names = words.split(separator: "+").map(String.init)
        let known = SyncFileRange.names.filter { names.contains($0.name) }
        return .operations([
            .syncFileRange(
                offset: bytes.offset, length: bytes.length,
                flags: SyncFileRange(known.map(\.flag)))
        ])
    }

    /// Some operations name pages in one line and bytes in another.
    private func bytes(_ it: KernelRecording.Operation) -> (offset: UInt64, length: UInt64) {
        guard it.offset == nil, let index = it.index else {
            return (it.offset ?? 0, it.length ?? 0)
        }
        return (index * Geometry.pageSize, (it.pages ?? 1) * Geometry.pageSize)
    }

    /// Without read-ahead the recorder advised POSIX_FADV_RANDOM on each open file and MADV_RANDOM
    /// on each mapping, but not on DAX.
    static func advice(_ header: KernelRecording.Header) -> Advice {
        header.readAhead == true || header.dax != false ? .normal : .random
    }

    /// The machine before the first operation.
    static func freshMachine(
        _ fileSystem: FileSystem, _ header: KernelRecording.Header
    ) -> Machine {
        var machine = Machine(
            file: FileConfiguration(
                size: 0, fileSystem: fileSystem, dax: header.dax ?? true,
                advice: advice(header), delaysAllocation: header.mount != "nodelalloc"))
        // 512 MiB. What a fresh ext4 leaves of them to a file was recorded (E5); XFS leaves less
        // than all, and no recording tells how much less.
        machine.room = fileSystem == .ext4 ? 124_336 : 131_072
        return machine
    }
}
