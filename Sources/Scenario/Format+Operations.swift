import Kernel
import PageCache

extension Format {
    private static let map = FormatKey(
        name: "map", shape: .name, required: true, summary: "Name of the mapping.")
    private static let page = FormatKey(
        name: "page", shape: .number(.page), required: true, summary: "Page of the file.")
    private static let inPage = FormatKey(
        name: "offset", shape: .number(.offsetInPage),
        summary: "Which byte of the page; the first when absent.")
    private static let pages = FormatKey(
        name: "pages", shape: .pages, required: true,
        summary: "First page, or a range of pages such as 0..7, both ends included.")
    private static let count = FormatKey(
        name: "count", shape: .number(.count),
        summary: "Pages from the first; 1 when absent; not with a range.")
    private static let value = FormatKey(
        name: "value", shape: .number(.byte), required: true, summary: "The byte to write.")
    private static let mappedPages = FormatKey(
        name: "pages", shape: .pages,
        summary: "First page or range; the whole mapping when absent.")
    private static let advice = FormatKey(
        name: "advice", shape: .choice(Advice.allCases.map(\.rawValue)), required: true,
        summary: "What is said of the accesses to come.")

    /// Some bytes of the file.
    private static let bytes: [FormatKey] = [
        FormatKey(name: "offset", shape: .number(.size), summary: "Bytes; goes with length."),
        FormatKey(name: "length", shape: .number(.length), summary: "Bytes; goes with offset."),
        FormatKey(name: "pages", shape: .pages, summary: "Instead of offset and length."),
        count,
    ]
    /// The same where nothing stands for the whole file.
    private static let bytesOrAll: [FormatKey] = [
        FormatKey(
            name: "offset", shape: .number(.size),
            summary: "Bytes; to the end of the file without length."),
        FormatKey(name: "length", shape: .number(.length), summary: "Bytes; goes with offset."),
        FormatKey(
            name: "pages", shape: .pages,
            summary: "Instead of offset and length; the whole file when all are absent."),
        count,
    ]
    private static let keepSize = FormatKey(
        name: "keep-size", shape: .bool,
        summary: "FALLOC_FL_KEEP_SIZE, also behind the end; false when absent.")
    private static let bytesOrPages = [["offset", "length"], ["pages"]]

    /// Every operation, in the order of the documentation.
    static let operations: [FormatOperation] =
        mappings + transfers + syncs + sizes + others

    private static let mappings: [FormatOperation] = [
        FormatOperation(
            name: "mmap",
            keys: [
                FormatKey(
                    name: "name", shape: .name, required: true,
                    summary: "How later steps call the mapping."),
                pages, count,
                FormatKey(
                    name: "aligned", shape: .bool,
                    summary: "2 MiB aligned with the file, so that PMD faults are possible."),
                FormatKey(name: "shared", shape: .bool, summary: "MAP_SHARED; true when absent."),
                FormatKey(
                    name: "writable", shape: .bool, summary: "PROT_WRITE; true when absent."),
                FormatKey(
                    name: "address", shape: .number(.size),
                    summary: "Where it lies (MAP_FIXED); where there is room when absent."),
            ], summary: "Map pages of the file."),
        FormatOperation(name: "munmap", keys: [map], shorthand: "map", summary: "Unmap."),
        FormatOperation(
            name: "load", keys: [map, page, inPage], summary: "Read a byte of a page."),
        FormatOperation(
            name: "store", keys: [map, page, inPage, value], summary: "Write a byte of a page."),
        FormatOperation(
            name: "madvise", keys: [map, advice, mappedPages, count],
            summary: "Say what will be done with a mapping."),
        FormatOperation(
            name: "mincore", keys: [map], shorthand: "map",
            summary: "Ask which pages of a mapping are in memory."),
    ]

    private static let transfers: [FormatOperation] = [
        FormatOperation(
            name: "pread", keys: bytes, needs: bytesOrPages, shorthand: "pages",
            summary: "Read with the system call."),
        FormatOperation(
            name: "pwrite", keys: bytes + [value], needs: bytesOrPages,
            summary: "Fill bytes with one value with the system call."),
        FormatOperation(
            name: "dread", keys: bytes, needs: bytesOrPages, shorthand: "pages",
            summary: "Read with the system call, through a file opened with O_DIRECT."),
        FormatOperation(
            name: "dwrite", keys: bytes + [value], needs: bytesOrPages,
            summary: "Fill bytes with one value, through a file opened with O_DIRECT."),
        FormatOperation(
            name: "readahead", keys: bytes, needs: bytesOrPages, shorthand: "pages",
            summary: "Read pages into the cache."),
        FormatOperation(
            name: "fadvise", keys: [advice] + bytesOrAll, shorthand: "advice",
            summary: "Say what will be done with the file."),
    ]

    private static let syncs: [FormatOperation] = [
        FormatOperation(name: "fsync", summary: "Write the file back and wait."),
        FormatOperation(
            name: "fdatasync",
            summary: "The same, without what is not needed to read the data again."),
        FormatOperation(
            name: "msync",
            keys: [
                map, mappedPages, count,
                FormatKey(
                    name: "mode", shape: .choice(SyncMode.allCases.map(\.rawValue)),
                    summary: "MS_SYNC when absent."),
            ], shorthand: "map", summary: "msync on a mapping."),
        FormatOperation(
            name: "sync-file-range",
            keys: [
                FormatKey(
                    name: "flags", shape: .list(.choice(SyncFileRange.names.map(\.name))),
                    required: true, summary: "What to do, always in this order.")
            ] + bytesOrAll, summary: "Write pages back, or wait for them, without metadata."),
        FormatOperation(name: "syncfs", summary: "Write the whole file system back."),
    ]

    private static let sizes: [FormatOperation] = [
        FormatOperation(
            name: "truncate",
            keys: [
                FormatKey(
                    name: "size", shape: .number(.size), required: true, summary: "Bytes.")
            ], shorthand: "size", summary: "Set the size of the file."),
        FormatOperation(
            name: "fallocate", keys: bytes + [keepSize], needs: bytesOrPages, shorthand: "pages",
            summary: "Allocate unwritten blocks."),
        FormatOperation(
            name: "zero-range", keys: bytes + [keepSize], needs: bytesOrPages, shorthand: "pages",
            summary: "Make bytes zero, without writing where blocks can become unwritten."),
        FormatOperation(
            name: "collapse", keys: bytes, needs: bytesOrPages, shorthand: "pages",
            summary: "Take bytes out of the file; what lies behind them moves down."),
        FormatOperation(
            name: "insert", keys: bytes, needs: bytesOrPages, shorthand: "pages",
            summary: "Insert a hole; what lies behind it moves up."),
        FormatOperation(
            name: "punch", keys: bytes, needs: bytesOrPages,
            summary: "Punch a hole; keep the size."),
    ]

    private static let others: [FormatOperation] = [
        FormatOperation(name: "drop-caches", summary: "Invalidate clean pages of the system."),
        FormatOperation(
            name: "reclaim",
            keys: [
                FormatKey(
                    name: "page", shape: .number(.page),
                    summary: "The page to take; every page that can go when absent."),
                FormatKey(name: "pages", shape: .pages, summary: "Instead of page: several."),
                count,
                FormatKey(
                    name: "force", shape: .bool,
                    summary: "Active and referenced pages too; false when absent."),
            ], shorthand: "page", summary: "Memory pressure."),
        FormatOperation(name: "unlink", summary: "Remove the name of the file."),
        FormatOperation(name: "close", summary: "Close the last file descriptor."),
        FormatOperation(name: "reopen", summary: "Close the file and open it again."),
        FormatOperation(name: "umount", summary: "End the program, then unmount."),
        FormatOperation(name: "remount", summary: "The same, then mount and open the file again."),
        FormatOperation(name: "power-loss", summary: "The machine loses power at once."),
        FormatOperation(
            name: "fail",
            keys: [
                FormatKey(
                    name: "allocation",
                    shape: .number(NumberRule(noun: "an allocation", range: 1...1_000_000)),
                    summary: "Which node allocation, from 1."),
                FormatKey(
                    name: "io",
                    shape: .number(NumberRule(noun: "an I/O", range: 1...1_000_000)),
                    summary: "Which page or block that is read or written, from 1."),
            ], needs: [["allocation"], ["io"]], shorthand: "allocation",
            summary: "Let a node allocation or an I/O of the next operation fail."),
        FormatOperation(
            name: resume, summary: "Go on with the operation that the task is in the middle of."),
    ]
}

extension Scenario {
    /// What a step about a file can do, as scenario files spell it.
    public static var operationNames: [String] { Format.operations.map(\.name) }
}
