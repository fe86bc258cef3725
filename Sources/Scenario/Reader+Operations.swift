import Kernel

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
        switch read.format.name {
        case "mmap": return mmap(read.fields)
        case "munmap": return name("map", in: read.fields).map { .munmap(map: $0) }
        case "load", "store": return access(read)
        case "pread", "pwrite", "fallocate": return transfer(read)
        case "fsync": return .fsync
        case "msync": return msync(read.fields, story)
        case "syncfs": return .syncfs
        case "truncate": return number("size", in: read.fields).map { .truncate(size: $0) }
        case "punch": return punch(read.fields)
        case "drop-caches": return .dropCaches
        case "reclaim":
            guard read.fields["page"] != nil else { return .reclaim(page: nil) }
            return number("page", in: read.fields).map { .reclaim(page: $0) }
        case "unlink": return .unlink
        case "close": return .close
        case "umount": return .umount
        case "power-loss": return .powerLoss
        case "fail": return number("allocation", in: read.fields).map { .fail(call: Int($0)) }
        default: return nil
        }
    }

    private mutating func mmap(_ fields: Fields) -> Operation? {
        let name = name("name", in: fields)
        let pages = pages(in: fields)
        let aligned = bool("aligned", in: fields)
        let shared = bool("shared", in: fields) ?? true
        guard let name, let pages else { return nil }
        return .mmap(
            name: name, first: pages.first, pages: pages.count, shared: shared,
            aligned: aligned ?? coversHugePage(first: pages.first, count: pages.count))
    }

    private mutating func access(_ read: ReadOperation) -> Operation? {
        let map = name("map", in: read.fields)
        let page = number("page", in: read.fields)
        let value = number("value", in: read.fields)
        guard let map, let page else { return nil }
        if read.format.name == "load" { return .load(map: map, page: page) }
        return value.map { .store(map: map, page: page, value: UInt8($0)) }
    }

    private mutating func transfer(_ read: ReadOperation) -> Operation? {
        let pages = pages(in: read.fields)
        let value = number("value", in: read.fields)
        guard let pages else { return nil }
        switch read.format.name {
        case "pread": return .pread(first: pages.first, pages: pages.count)
        case "fallocate": return .fallocate(first: pages.first, pages: pages.count)
        default:
            return value.map {
                .pwrite(first: pages.first, pages: pages.count, value: UInt8($0))
            }
        }
    }

    private mutating func msync(_ fields: Fields, _ story: Story) -> Operation? {
        let map = name("map", in: fields)
        if fields["pages"] != nil {
            let pages = pages(in: fields)
            guard let map, let pages else { return nil }
            return .msync(map: map, first: pages.first, pages: pages.count)
        }
        if let count = fields["count"] {
            report(count.keyPosition, "'count' needs 'pages'", "say which page is the first")
            return nil
        }
        guard let map else { return nil }
        guard let mapping = story.mappings[map] else {
            let problem = story.unknownMapping(map)
            report(fields.position(of: "map"), problem.message, problem.hint)
            return nil
        }
        guard let pages = mapping.pages else { return nil }
        return .msync(
            map: map, first: pages.lowerBound, pages: pages.upperBound - pages.lowerBound + 1)
    }

    private mutating func punch(_ fields: Fields) -> Operation? {
        let byBytes = fields["offset"] != nil || fields["length"] != nil
        let byPages = fields["pages"] != nil || fields["count"] != nil
        guard byBytes != byPages, byPages || (fields["offset"] != nil && fields["length"] != nil)
        else {
            report(fields.position, "'punch' needs either offset and length, or pages")
            return nil
        }
        if byBytes {
            let offset = number("offset", in: fields)
            let length = number("length", in: fields)
            guard let offset, let length else { return nil }
            return .punch(offset: offset, length: length)
        }
        guard fields["pages"] != nil else {
            report(fields.position, "'count' needs 'pages'", "say which page is the first")
            return nil
        }
        guard let pages = pages(in: fields) else { return nil }
        let (end, overflow) = pages.first.addingReportingOverflow(pages.count)
        guard !overflow, end <= Limits.lastPage + 1 else {
            report(fields.position(of: "pages"), Story.beyondLastPage)
            return nil
        }
        // The last page of the largest file is one byte short.
        let offset = pages.first << 12
        return .punch(offset: offset, length: min(pages.count << 12, Limits.fileSize - offset))
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
