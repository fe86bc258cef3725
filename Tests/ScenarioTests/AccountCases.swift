import Kernel
import PageCache

/// Random operations on a small file, and the few of them that a difference needs.
extension AccountRun.Case {
    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random)! }
        func flip(_ chances: Int) -> Bool { Int.random(in: 0..<chances, using: &random) == 0 }

        let fileSystem = pick([.ext2, .ext4, .ext4, .xfs, .xfs, .tmpfs] as [FileSystem])
        let isDAX = fileSystem != .tmpfs && flip(2)
        // Large enough for a PMD, where there is one.
        let isLarge = isDAX && flip(2)
        let sizes: [UInt64] = isLarge ? [4 << 20, 2 << 20] : [0, 100, 4096, 5000, 12_388, 32_768]
        let size = pick(sizes)
        let states: [BlockState] = fileSystem == .ext2 ? [.written] : [.written, .unwritten]
        let places: [ClosedRange<UInt64>] = isLarge ? [0...511] : [0...1, 3...3]
        let extents =
            fileSystem == .tmpfs || flip(2)
            ? []
            : places.filter { $0.upperBound < Geometry.pages(size) }.map {
                FileConfiguration.Extent(blocks: $0, state: pick(states))
            }
        version = pick(KernelVersion.allCases)
        file = FileConfiguration(
            size: size, fileSystem: fileSystem, dax: isDAX, extents: extents,
            advice: fileSystem == .tmpfs || flip(2) ? .normal : .random,
            delaysAllocation: fileSystem != .ext4 || !flip(4))

        let pages: [UInt64] = isLarge ? [0, 1, 2, 511, 512, 513] : [0, 1, 2, 3, 4, 7]
        func page() -> UInt64 { pick(pages) }
        func offset() -> UInt64 {
            page() * 4096 + pick([0, 0, 0, 1, 77, 512, 2048, 4095] as [UInt64])
        }
        func length() -> UInt64 { pick([1, 100, 512, 4095, 4096, 4096, 8192, 9000] as [UInt64]) }
        func value() -> UInt8 { .random(in: 1...255, using: &random) }
        var maps: [String] = []
        var made: [Kernel.Operation] = []

        func mmap() -> Kernel.Operation {
            let name = "m\(made.count)"
            maps.append(name)
            let isAligned = flip(2)
            return .mmap(
                name: name, first: isAligned || flip(2) ? 0 : pick([1, 2]),
                pages: isLarge ? 1024 : 9, shared: !flip(3), aligned: isAligned,
                writable: !flip(6))
        }
        func access() -> Kernel.Operation {
            guard let map = maps.randomElement(using: &random) else { return mmap() }
            return flip(2)
                ? .load(map: map, page: page(), offset: pick([0, 77, 4095]))
                : .store(map: map, page: page(), offset: pick([0, 77, 4095]), value: value())
        }
        func ranged() -> Kernel.Operation {
            let (start, count) = (page() * 4096, pick([4096, 8192, 100] as [UInt64]))
            return switch Int.random(in: 0..<6, using: &random) {
            case 0..<2: .zeroRange(offset: offset(), length: length(), keepSize: flip(2))
            case 2..<4: .collapse(offset: start, length: count)
            case 4: .insert(offset: start, length: count)
            default: .remount
            }
        }
        func operation() -> Kernel.Operation {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<8: mmap()
            case 8..<34: access()
            case 34..<46: .pwrite(offset: offset(), length: length(), value: value())
            case 46..<58: .pread(offset: offset(), length: length())
            case 58..<62: .truncate(size: flip(3) ? page() * 4096 : offset())
            case 62..<66: .punch(offset: offset(), length: length())
            case 66..<69:
                flip(2)
                    ? .fallocate(offset: offset(), length: length(), keepSize: flip(2)) : ranged()
            case 69..<73: flip(2) ? .fsync : .fdatasync
            case 73..<77:
                maps.randomElement(using: &random).map {
                    .msync(map: $0, first: page(), pages: 2, mode: pick(SyncMode.allCases))
                } ?? .syncfs
            case 77..<79: .dropCaches
            case 79..<83: .reclaim(pages: flip(2) ? nil : page()..<600, force: flip(2))
            case 83..<85:
                .fadvise(offset: offset(), length: length(), advice: pick(Advice.allCases))
            case 85..<86: .readahead(offset: offset(), length: length())
            case 86..<88: flip(2) ? .fail(call: pick([1, 2])) : .failIO(call: pick([1, 2]))
            case 88..<91:
                .dwrite(
                    offset: offset() & ~511, length: pick([512, 4096, 8192, 100]),
                    value: value())
            case 91..<94: .dread(offset: offset() & ~511, length: pick([512, 4096, 8192]))
            case 94..<95: .reopen
            case 95..<96:
                .syncFileRange(offset: offset(), length: length(), flags: [.write, .waitAfter])
            case 96..<97:
                maps.popLast().map { .munmap(map: $0) } ?? .syncfs
            case 97..<98: .truncate(size: pick([1 << 45, 1 << 62, 1 << 63]))
            case 98..<99:
                .pwrite(offset: pick([(1 << 44) - 4096, 1 << 62]), length: 9000, value: 1)
            default: .syncfs
            }
        }
        for _ in 0..<Int.random(in: 4...24, using: &random) { made.append(operation()) }
        made.append(flip(2) ? .powerLoss : .umount)
        if case .umount = made.last {
            made.insert(contentsOf: maps.map { .munmap(map: $0) } + [.close], at: made.count - 1)
        }
        operations = made
    }

    /// The same difference from as few operations as will do.
    func shrunk(_ isSame: (Self) -> Bool) -> Self {
        var smallest = self
        var length = max(1, operations.count / 2)
        while true {
            var start = 0
            var isSmaller = false
            while start < smallest.operations.count {
                var next = smallest
                next.operations.removeSubrange(
                    start..<min(start + length, next.operations.count))
                if isSame(next) {
                    smallest = next
                    isSmaller = true
                } else {
                    start += length
                }
            }
            if length == 1, !isSmaller { return smallest }
            length = max(1, length / 2)
        }
    }
}
