import Kernel
import PageCache

/// An operation as far as it could be read, with the places of its arguments.
struct ReadOperation {
    var format: FormatOperation
    /// nil when something is wrong with it, and for `resume`.
    var operation: Operation?
    var fields: Fields
}

extension Reader {
    /// The operation of a step from its key and the value there; `story` knows the mappings.
    mutating func operation(
        _ format: FormatOperation, key: YAMLNode, value: YAMLNode, story: Story
    ) -> ReadOperation? {
        let what = "'\(format.name)'"
        let fields: Fields
        if value.isNull {
            let empty = YAMLNode(content: .mapping([]), position: key.position)
            guard let found = self.fields(empty, of: what, keys: format.keys) else { return nil }
            fields = found
        } else if let shorthand = format.shorthand, value.text != nil,
            let formatKey = format.keys.first(where: { $0.name == shorthand })
        {
            let field = Fields.Field(
                key: formatKey, keyPosition: value.position, value: value)
            fields = Fields(position: key.position, all: [field])
        } else if format.keys.isEmpty {
            if case .mapping(let pairs) = value.content, pairs.isEmpty {
                fields = Fields(position: key.position)
            } else {
                report(value.position, "\(what) takes no arguments")
                return nil
            }
        } else {
            guard let found = self.fields(value, of: what, keys: format.keys) else { return nil }
            fields = found
        }
        var read = ReadOperation(format: format, fields: fields)
        read.operation = operation(read, story)
        return read
    }

    private mutating func operation(_ read: ReadOperation, _ story: Story) -> Operation? {
        let fields = read.fields
        if tree != nil, read.format.name != "fail" { return treeOperation(read, story) }
        switch read.format.name {
        case "mmap": return mmap(fields)
        case "munmap": return name("map", in: fields).map { .munmap(map: $0) }
        case "mincore": return name("map", in: fields).map { .mincore(map: $0) }
        case "load", "store": return access(read)
        case "pread", "pwrite", "dread", "dwrite", "readahead", "fallocate", "punch",
            "zero-range", "collapse", "insert":
            return onBytes(read)
        case "fadvise": return fadvise(read)
        case "sync-file-range": return syncFileRange(read)
        case "msync", "madvise": return onMapping(read, story)
        case "truncate": return number("size", in: fields).map { .truncate(size: $0) }
        case "reclaim": return reclaim(fields)
        case "fail": return fail(read)
        default: return Self.bare[read.format.name]
        }
    }

    /// Those without arguments.
    private static let bare: [String: Operation] = Dictionary(
        uniqueKeysWithValues: [
            Operation.fsync, .fdatasync, .syncfs, .dropCaches, .unlink, .close, .reopen, .umount,
            .remount, .powerLoss,
        ].map { ($0.name, $0) })

    private mutating func mmap(_ fields: Fields) -> Operation? {
        let name = name("name", in: fields)
        let pages = pages(in: fields)
        let aligned = bool("aligned", in: fields)
        let shared = bool("shared", in: fields) ?? true
        let writable = bool("writable", in: fields) ?? true
        let address = number("address", in: fields)
        guard let name, let pages else { return nil }
        return .mmap(
            name: name, first: pages.first, pages: pages.count, shared: shared,
            aligned: aligned ?? coversHugePage(first: pages.first, count: pages.count),
            writable: writable, address: address)
    }

    private mutating func access(_ read: ReadOperation) -> Operation? {
        let map = name("map", in: read.fields)
        let page = number("page", in: read.fields)
        let offset = Int(number("offset", in: read.fields) ?? 0)
        let value = number("value", in: read.fields)
        guard let map, let page else { return nil }
        if read.format.name == "load" { return .load(map: map, page: page, offset: offset) }
        return value.map { .store(map: map, page: page, offset: offset, value: UInt8($0)) }
    }

    private mutating func onBytes(_ read: ReadOperation) -> Operation? {
        let bytes = bytes(read)
        let value = number("value", in: read.fields)
        let keepSize = bool("keep-size", in: read.fields) ?? false
        guard let (offset, length) = bytes else { return nil }
        switch read.format.name {
        case "pread": return .pread(offset: offset, length: length)
        case "pwrite":
            return value.map { .pwrite(offset: offset, length: length, value: UInt8($0)) }
        case "dread": return .dread(offset: offset, length: length)
        case "dwrite":
            return value.map { .dwrite(offset: offset, length: length, value: UInt8($0)) }
        case "readahead": return .readahead(offset: offset, length: length)
        case "fallocate":
            return .fallocate(offset: offset, length: length, keepSize: keepSize)
        case "zero-range":
            return .zeroRange(offset: offset, length: length, keepSize: keepSize)
        case "collapse": return .collapse(offset: offset, length: length)
        case "insert": return .insert(offset: offset, length: length)
        default:
            // The last page of the largest file is one byte short.
            let isInPages = read.fields["pages"] != nil && offset <= Limits.fileSize
            let most = isInPages ? Limits.fileSize - offset : UInt64.max
            return .punch(offset: offset, length: min(length, most))
        }
    }

    private mutating func fadvise(_ read: ReadOperation) -> Operation? {
        let bytes = bytesOrAll(read)
        let advice: Advice? = read.fields["advice"].flatMap { choice($0.value, "advice") }
        guard let (offset, length) = bytes, let advice else { return nil }
        return .fadvise(offset: offset, length: length, advice: advice)
    }

    private mutating func syncFileRange(_ read: ReadOperation) -> Operation? {
        let bytes = bytesOrAll(read)
        guard let node = read.fields["flags"]?.value else { return nil }
        let flags = options(node, "flag", among: SyncFileRange.names, "[write, wait-after]")
        guard let flags else { return nil }
        return bytes.map { .syncFileRange(offset: $0.offset, length: $0.length, flags: flags) }
    }

    /// Without a range it is about the whole file, with an offset alone about all from there on.
    private mutating func bytesOrAll(
        _ read: ReadOperation
    ) -> (offset: UInt64, length: UInt64)? {
        let fields = read.fields
        let isRange = ["length", "pages", "count"].contains { fields[$0] != nil }
        if isRange { return bytes(read) }
        let start = fields["offset"] == nil ? 0 : number("offset", in: fields)
        return start.map { ($0, 0) }
    }

    private mutating func reclaim(_ fields: Fields) -> Operation? {
        let force = bool("force", in: fields) ?? false
        if let page = fields["page"] {
            if let other = fields["pages"] ?? fields["count"] {
                report(other.keyPosition, "'\(other.key.name)' beside 'page'", "give one of them")
                return nil
            }
            return number(page.value, .page).map {
                .reclaim(pages: $0..<($0 + 1), force: force)
            }
        }
        guard hasPagesOfCount(fields) else { return nil }
        guard fields["pages"] != nil else { return .reclaim(pages: nil, force: force) }
        return pages(in: fields).map {
            let (end, overflow) = $0.first.addingReportingOverflow($0.count)
            return .reclaim(pages: $0.first..<(overflow ? .max : end), force: force)
        }
    }

    private mutating func fail(_ read: ReadOperation) -> Operation? {
        let fields = read.fields
        guard (fields["io"] == nil) != (fields["allocation"] == nil) else {
            report(fields.position, "'fail' needs either allocation or io")
            return nil
        }
        if fields["io"] != nil { return number("io", in: fields).map { .failIO(call: Int($0)) } }
        return number("allocation", in: fields).map { .fail(call: Int($0)) }
    }

    private mutating func onMapping(_ read: ReadOperation, _ story: Story) -> Operation? {
        let fields = read.fields
        let map = name("map", in: fields)
        let mode: SyncMode? = fields["mode"].flatMap { choice($0.value, "mode") }
        let advice: Advice? = fields["advice"].flatMap { choice($0.value, "advice") }
        guard let pages = pages(of: map, fields, story), let map else { return nil }
        guard read.format.name == "madvise" else {
            return .msync(map: map, first: pages.first, pages: pages.count, mode: mode ?? .sync)
        }
        return advice.map {
            .madvise(map: map, first: pages.first, pages: pages.count, advice: $0)
        }
    }

    /// The pages that are given, or those of the whole mapping.
    private mutating func pages(
        of map: String?, _ fields: Fields, _ story: Story
    ) -> (first: UInt64, count: UInt64)? {
        if fields["pages"] != nil { return pages(in: fields) }
        guard hasPagesOfCount(fields), let map else { return nil }
        guard let mapping = story.mappings[map] else {
            let problem = story.unknownMapping(map)
            report(fields.position(of: "map"), problem.message, problem.hint)
            return nil
        }
        guard let pages = mapping.pages else { return nil }
        return (pages.lowerBound, pages.upperBound - pages.lowerBound + 1)
    }

    /// `count` says how many pages there are from the first on, which must be there.
    private mutating func hasPagesOfCount(_ fields: Fields) -> Bool {
        guard fields["pages"] == nil, let count = fields["count"] else { return true }
        report(count.keyPosition, "'count' needs 'pages'", "say which page is the first")
        return false
    }

    /// Bytes of the file, given as such or as pages.
    private mutating func bytes(_ read: ReadOperation) -> (offset: UInt64, length: UInt64)? {
        let fields = read.fields
        let isInBytes = fields["offset"] != nil || fields["length"] != nil
        let isInPages = fields["pages"] != nil || fields["count"] != nil
        guard isInBytes != isInPages,
            isInPages || (fields["offset"] != nil && fields["length"] != nil)
        else {
            report(
                fields.position,
                "'\(read.format.name)' needs either offset and length, or pages")
            return nil
        }
        if isInBytes {
            let offset = number("offset", in: fields)
            let length = number("length", in: fields)
            guard let offset, let length else { return nil }
            return (offset, length)
        }
        guard hasPagesOfCount(fields), let pages = pages(in: fields) else { return nil }
        let (end, overflow) = pages.first.addingReportingOverflow(pages.count)
        guard !overflow, end <= Limits.lastPage + 1 else {
            report(fields.position(of: "pages"), Story.beyondLastPage)
            return nil
        }
        return (pages.first << 12, pages.count << 12)
    }

    /// `pages: 512`, `pages: 512` with `count: 8`, or `pages: 512..519`.
    private mutating func pages(in fields: Fields) -> (first: UInt64, count: UInt64)? {
        let count = number("count", in: fields)
        guard let node = fields["pages"]?.value, let range = range(node, .page) else { return nil }
        guard let countField = fields["count"] else {
            return (range.lowerBound, range.upperBound - range.lowerBound + 1)
        }
        if node.text?.contains("..") == true {
            report(
                countField.keyPosition, "'count' beside a range of pages",
                "give the first page and a count, or a range")
            return nil
        }
        return count.map { (range.lowerBound, $0) }
    }

    private func coversHugePage(first: UInt64, count: UInt64) -> Bool {
        let head = (first + 511) / 512 * 512
        let (end, overflow) = first.addingReportingOverflow(count)
        return overflow || end >= head + 512
    }
}

extension Story {
    static let beyondLastPage = Refusal(
        message: "the pages end beyond the largest file",
        hint: "the last page that a file can have is \(Limits.lastPage)")
}

extension Reader {
    fileprivate mutating func report(_ position: SourcePosition, _ refusal: Refusal) {
        report(position, refusal.message, refusal.hint)
    }
}
