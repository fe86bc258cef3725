import Kernel
import PageCache
import Yams

extension Node {
    /// Text, quoted where YAML needs it, in lines of its own when it has several.
    static func words(_ text: String) -> Node {
        let looksNull = ["", "~", "null", "Null", "NULL"].contains(text)
        let style: Scalar.Style =
            looksNull ? .doubleQuoted : text.contains("\n") ? .literal : .any
        return .scalar(Scalar(text, .implicit, style))
    }

    /// A word of the format, which never needs quotation marks.
    static func plain(_ text: String) -> Node {
        .scalar(Scalar(text, .implicit, .plain))
    }

    static var nothing: Node { .plain("null") }

    static func flow(list: [Node]) -> Node { Node(list, .implicit, .flow) }

    static func flow(_ pairs: [(Node, Node)]) -> Node { Node(pairs, .implicit, .flow) }

    static func block(_ pairs: [(Node, Node)]) -> Node {
        Node(pairs, .implicit, .block)
    }

    static func runs<Value>(
        _ runs: [IndexRun<Value>], _ node: (Value) -> Node
    ) -> Node {
        .flow(runs.map { (.plain(spelledRange($0.indices)), node($0.value)) })
    }

    static func byte(_ value: UInt8) -> Node {
        .plain(value < 10 ? "\(value)" : "0x" + String(value, radix: 16))
    }
}

extension Operation {
    /// The keys and values under the operation's name.
    var arguments: [(Node, Node)] {
        switch self {
        case .mmap(
            let name, let first, let count, let shared, let aligned, let writable, let address):
            [
                ("name", .words(name)), Self.pages(first, count),
                ("aligned", .plain("\(aligned)")), ("shared", .plain("\(shared)")),
            ] + Self.flag("writable", writable, usual: true)
                + (address.map { [("address", .plain("0x" + String($0, radix: 16)))] } ?? [])
        case .munmap(let map), .mincore(let map): [("map", .words(map))]
        case .load(let map, let page, let offset): Self.access(map, page, offset)
        case .store(let map, let page, let offset, let value):
            Self.access(map, page, offset) + [("value", .byte(value))]
        case .pwrite(let offset, let length, let value),
            .dwrite(let offset, let length, let value):
            Self.bytes(offset, length) + [("value", .byte(value))]
        case .msync(let map, let first, let count, let mode):
            [("map", .words(map)), Self.pages(first, count)]
                + (mode == .sync ? [] : [("mode", .plain(mode.rawValue))])
        case .madvise(let map, let first, let count, let advice):
            [
                ("map", .words(map)), Self.pages(first, count),
                ("advice", .plain(advice.rawValue)),
            ]
        case .fadvise(let offset, let length, let advice):
            [("advice", .plain(advice.rawValue))] + Self.bytesOrAll(offset, length)
        case .syncFileRange(let offset, let length, let flags):
            [("flags", .flow(list: flags.spelled.map { .plain($0) }))]
                + Self.bytesOrAll(offset, length)
        case .truncate(let size): [("size", .plain(spelledSize(size)))]
        case .punch(let offset, let length): Self.plainBytes(offset, length)
        case .pread(let offset, let length), .readahead(let offset, let length),
            .dread(let offset, let length), .collapse(let offset, let length),
            .insert(let offset, let length):
            Self.bytes(offset, length)
        case .fallocate(let offset, let length, let keepSize),
            .zeroRange(let offset, let length, let keepSize):
            Self.bytes(offset, length) + Self.flag("keep-size", keepSize)
        case .reclaim(let pages, let force):
            (pages.map(Self.reclaimed) ?? []) + Self.flag("force", force)
        case .fsync, .fdatasync, .syncfs, .dropCaches, .unlink, .close, .reopen, .umount,
            .remount, .powerLoss:
            []
        case .tree(let operation): operation.arguments
        case .fail(let call): [("allocation", .plain("\(call)"))]
        case .failIO(let call): [("io", .plain("\(call)"))]
        }
    }

    private typealias Arguments = [(Node, Node)]

    private static func pages(_ first: UInt64, _ count: UInt64) -> (Node, Node) {
        ("pages", .plain(spelledRange(first...(first + max(count, 1) - 1))))
    }

    private static func access(_ map: String, _ page: UInt64, _ offset: Int) -> Arguments {
        [("map", .words(map)), ("page", .plain("\(page)"))]
            + (offset == 0 ? [] : [("offset", .plain("\(offset)"))])
    }

    private static func flag(_ name: Node, _ isSet: Bool, usual: Bool = false) -> Arguments {
        isSet == usual ? [] : [(name, .plain("\(isSet)"))]
    }

    private static func reclaimed(_ range: Range<UInt64>) -> Arguments {
        let count = range.upperBound - range.lowerBound
        return count == 1
            ? [("page", .plain("\(range.lowerBound)"))] : [pages(range.lowerBound, count)]
    }

    /// As pages, where they are whole ones.
    private static func bytes(_ offset: UInt64, _ length: UInt64) -> Arguments {
        let size = Geometry.pageSize
        guard offset % size == 0, length % size == 0, length > 0 else {
            return plainBytes(offset, length)
        }
        return [pages(offset / size, length / size)]
    }

    private static func plainBytes(_ offset: UInt64, _ length: UInt64) -> Arguments {
        [("offset", .plain(spelledSize(offset))), ("length", .plain(spelledSize(length)))]
    }

    /// A length of 0 goes to the end of the file.
    private static func bytesOrAll(_ offset: UInt64, _ length: UInt64) -> Arguments {
        guard length == 0 else { return bytes(offset, length) }
        return offset == 0 ? [] : [("offset", .plain(spelledSize(offset)))]
    }
}
