extension Format {
    private static let map = FormatKey(
        name: "map", shape: .name, required: true, summary: "Name of the mapping.")
    private static let page = FormatKey(
        name: "page", shape: .number(.page), required: true, summary: "Page of the file.")
    private static let pages = FormatKey(
        name: "pages", shape: .pages, required: true,
        summary: "First page, or a range of pages such as 0..7, both ends included.")
    private static let count = FormatKey(
        name: "count", shape: .number(.count),
        summary: "Pages from the first; 1 when absent; not with a range.")
    private static let value = FormatKey(
        name: "value", shape: .number(.byte), required: true, summary: "The byte to write.")

    /// Every operation, in the order of the documentation.
    static let operations: [FormatOperation] = [
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
            ], summary: "Map pages of the file."),
        FormatOperation(name: "munmap", keys: [map], shorthand: "map", summary: "Unmap."),
        FormatOperation(
            name: "load", keys: [map, page], summary: "Read the first byte of a page."),
        FormatOperation(
            name: "store", keys: [map, page, value], summary: "Write the first byte of a page."),
        FormatOperation(
            name: "pread", keys: [pages, count], shorthand: "pages",
            summary: "Read pages with the system call."),
        FormatOperation(
            name: "pwrite", keys: [pages, count, value],
            summary: "Fill pages with a byte with the system call."),
        FormatOperation(name: "fsync", summary: "Write the file back and wait."),
        FormatOperation(
            name: "msync",
            keys: [
                map,
                FormatKey(
                    name: "pages", shape: .pages,
                    summary: "First page or range; the whole mapping when absent."),
                count,
            ], shorthand: "map", summary: "msync(MS_SYNC) on a mapping."),
        FormatOperation(name: "syncfs", summary: "Write the whole file system back."),
        FormatOperation(
            name: "truncate",
            keys: [
                FormatKey(
                    name: "size", shape: .number(.size), required: true, summary: "Bytes.")
            ], shorthand: "size", summary: "Set the size of the file."),
        FormatOperation(
            name: "fallocate", keys: [pages, count], shorthand: "pages",
            summary: "Allocate unwritten blocks."),
        FormatOperation(name: "punch", keys: punchKeys, summary: "Punch a hole; keep the size."),
        FormatOperation(name: "drop-caches", summary: "Invalidate clean pages of the system."),
        FormatOperation(
            name: "reclaim",
            keys: [
                FormatKey(
                    name: "page", shape: .number(.page),
                    summary: "The page to take; every page that can go when absent.")
            ], shorthand: "page", summary: "Memory pressure."),
        FormatOperation(name: "unlink", summary: "Remove the name of the file."),
        FormatOperation(name: "close", summary: "Close the last file descriptor."),
        FormatOperation(name: "umount", summary: "End the program, then unmount."),
        FormatOperation(name: "power-loss", summary: "The machine loses power at once."),
        FormatOperation(
            name: "fail",
            keys: [
                FormatKey(
                    name: "allocation",
                    shape: .number(NumberRule(noun: "an allocation", range: 1...1_000_000)),
                    required: true, summary: "Which node allocation, from 1.")
            ], shorthand: "allocation",
            summary: "Let a node allocation of the next operation fail."),
        FormatOperation(
            name: resume, summary: "Go on with the operation that the task is in the middle of."),
    ]

    private static let punchKeys: [FormatKey] = [
        FormatKey(
            name: "offset", shape: .number(.size), summary: "Bytes; goes with length."),
        FormatKey(
            name: "length", shape: .number(.length), summary: "Bytes; goes with offset."),
        FormatKey(
            name: "pages", shape: .pages, summary: "Instead of offset and length."),
        FormatKey(
            name: "count", shape: .number(.count),
            summary: "Pages from the first; 1 when absent; not with a range."),
    ]
}

extension Scenario {
    /// What a step can do, as scenario files spell it.
    public static var operationNames: [String] { Format.operations.map(\.name) }
}
