import Kernel
import PageCache
import PageTree

extension Scenario {
    /// Reads a scenario file. Throws everything that is wrong with it at once.
    ///
    /// It must be at most 1 MiB of UTF-8: more is not read. A pipe is read to its end.
    public static func read(path: String) throws(ScenarioError) -> Scenario {
        try parse(bytes: SourceText.bytes(path: path), file: path)
    }

    /// Reads a scenario from an open file, which stays open; `file` is its name in errors.
    public static func read(descriptor: Int32, file: String) throws(ScenarioError) -> Scenario {
        try parse(bytes: SourceText.bytes(of: descriptor, file: file), file: file)
    }

    /// Parses the text of a scenario file; `file` is its name in errors.
    public static func parse(_ text: String, file: String) throws(ScenarioError) -> Scenario {
        try parse(bytes: Array(text.utf8), file: file)
    }

    /// Parses the bytes of a scenario file; `file` is its name in errors.
    public static func parse(bytes: [UInt8], file: String) throws(ScenarioError) -> Scenario {
        let source = try SourceText(bytes: bytes, file: file)
        var tree = YAMLTree(file: file)
        let root = tree.parse(source)
        var reader = Reader(file: file)
        let scenario = root.flatMap { reader.scenario($0) }
        let diagnostics = tree.diagnostics + reader.diagnostics
        guard diagnostics.isEmpty, let scenario else { throw ScenarioError(diagnostics) }
        return scenario
    }

    /// What is wrong with a scenario that was not parsed but made: uses of mappings that are not
    /// there, steps after the end, expectations for kernels that it does not run on.
    public func check(file: String = "scenario") -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        func report(_ origin: Origin, _ message: String, _ hint: String?) {
            let position = origin.position ?? SourcePosition(line: 1, column: 1)
            diagnostics.append(
                Diagnostic(
                    file: file, line: position.line, column: position.column, message: message,
                    hint: hint))
        }
        if kernels.isEmpty { report(Origin(), "the scenario runs on no kernel", nil) }
        if steps.isEmpty { report(Origin(), "the scenario has no steps", nil) }
        var story = Story(on: self.file.fileSystem)
        for (index, step) in steps.enumerated() {
            for problem in story.take(step, number: index + 1) {
                report(step.origin, problem.message, problem.hint)
            }
            for expectation in step.expect {
                for kernel in expectation.kernels ?? [] where !kernels.contains(kernel) {
                    report(
                        expectation.origin, "this scenario does not run on \(kernel.name)", nil)
                }
                for (origin, problem) in story.problems(with: expectation, after: step) {
                    report(origin, problem.message, problem.hint)
                }
            }
        }
        return diagnostics
    }
}

extension Reader {
    mutating func scenario(_ root: YAMLNode) -> Scenario? {
        guard let fields = fields(root, of: "a scenario", keys: Format.scenario) else { return nil }
        let name = fields["scenario"].flatMap { slug($0.value) }
        let title = line("title", in: fields)
        let course = number("course", in: fields)
        let teaches = line("teaches", in: fields)
        // Of an unknown tree all operations are known.
        tree = fields["tree"].map { choice($0.value, "tree") ?? PageTree.Family.allCases.last! }
        let kernels = fields["kernels"].map { self.kernels($0.value) } ?? []
        let config = fields["config"].map { self.config($0.value) } ?? []
        let about = fields["about"].flatMap { text($0.value, limit: Limits.about, lines: true) }
        let file = fields["file"].flatMap { self.file($0.value) }
        let steps =
            fields["steps"].map { self.steps($0.value, kernels, on: file?.fileSystem ?? .xfs) }
            ?? []
        if fields["file"] == nil, fields["tree"] == nil {
            report(root.position, "a scenario has a 'file', or a 'tree'")
        } else if let position = fields["tree"]?.value.position, fields["file"] != nil {
            report(position, "a bare tree has no file around it", "leave 'file' or 'tree' out")
        }
        guard let name, let title, file != nil || tree != nil else { return nil }
        return Scenario(
            name: name, title: title, about: about ?? "", course: course.map { Int($0) },
            teaches: teaches ?? "", kernels: kernels, config: config,
            file: file ?? FileConfiguration(size: 0), tree: tree, steps: steps)
    }

    private mutating func slug(_ node: YAMLNode) -> String? {
        let expected = "a name of lower-case letters, digits and '-'"
        guard let text = node.text, let first = text.first, first != "-",
            text.count <= 2 * Limits.name,
            text.allSatisfy({ ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" })
        else {
            reportExpected(expected, node, "such as pmd-orphan")
            return nil
        }
        return text
    }

    private mutating func file(_ node: YAMLNode) -> FileConfiguration? {
        guard let fields = fields(node, of: "'file'", keys: Format.file) else { return nil }
        let size = number("size", in: fields)
        let fileSystem: FileSystem? = fields["filesystem"].flatMap {
            choice($0.value, "file system")
        }
        let dax = bool("dax", in: fields)
        let extents = fields["blocks"].flatMap { blocks($0.value) } ?? []
        let advice: Advice? = fields["advice"].flatMap { adviceOfHead($0.value) }
        let isUndelayed = fields["mount"].map { mountOption($0.value, on: fileSystem ?? .xfs) }
        let isTmpfs = fileSystem == .tmpfs
        if isTmpfs, dax == true {
            report(fields.position(of: "dax"), "tmpfs has no DAX", "leave 'dax' out")
        }
        if isTmpfs, !extents.isEmpty {
            report(
                fields.position(of: "blocks"), "a file of tmpfs has no blocks",
                "begin with 'pwrite' to give it pages")
        }
        if isTmpfs, fields["advice"] != nil {
            report(
                fields.position(of: "advice"), "a file of tmpfs is not read ahead",
                "leave 'advice' out")
        }
        guard let size else { return nil }
        check(extents, on: fileSystem ?? .xfs, at: fields.position(of: "blocks"))
        if let largest = (fileSystem ?? .xfs).largestFile, size > largest {
            report(
                fields.position(of: "size"),
                "\(spelledSize(size)) is too large for \((fileSystem ?? .xfs).rawValue)",
                "the largest file there has \(largest) bytes")
        }
        let blockCount = size / 4096 + (size % 4096 == 0 ? 0 : 1)
        for extent in extents where extent.indices.upperBound >= blockCount {
            report(
                fields.position(of: "blocks"),
                "the blocks \(spelledRange(extent.indices)) end beyond the file",
                "it has \(counted(blockCount, "block")) of 4 KiB")
        }
        var file = FileConfiguration(
            size: size, fileSystem: fileSystem ?? .xfs, dax: dax ?? !isTmpfs,
            extents: extents.map { .init(blocks: $0.indices, state: $0.value) })
        file.advice = advice ?? .normal
        file.delaysAllocation = isUndelayed != true
        return file
    }

    /// Whether the file system is mounted with nodelalloc.
    private mutating func mountOption(_ node: YAMLNode, on fileSystem: FileSystem) -> Bool {
        guard let option: Format.MountOption = choice(node, "mount option") else { return false }
        guard fileSystem == .ext4 else {
            report(
                node.position, "\(fileSystem.rawValue) has no mount option \(option.rawValue)",
                "it is ext4's; leave 'mount' out")
            return false
        }
        return true
    }

    private mutating func adviceOfHead(_ node: YAMLNode) -> Advice? {
        guard let advice: Advice = choice(node, "advice") else { return nil }
        guard advice == .normal || advice == .random else {
            report(
                node.position, "the file cannot be opened with the advice \(advice.rawValue)",
                "normal or random; a step 'fadvise' gives any")
            return nil
        }
        return advice
    }

    /// Block states that the file cannot begin with.
    private mutating func check(
        _ extents: [IndexRun<BlockState>], on fileSystem: FileSystem, at position: SourcePosition
    ) {
        for extent in extents where extent.value == .delalloc {
            report(
                position, "the blocks \(spelledRange(extent.indices)) cannot begin as delalloc",
                "delayed allocation is in memory only; a step 'pwrite' makes it")
        }
        guard fileSystem == .ext2 else { return }
        for extent in extents where extent.value == .unwritten {
            report(
                position,
                "the blocks \(spelledRange(extent.indices)) cannot be unwritten: "
                    + "ext2 has none such",
                "make them written or a hole, or take ext4 or xfs")
        }
    }

    private mutating func steps(
        _ node: YAMLNode, _ kernels: [KernelVersion], on fileSystem: FileSystem
    ) -> [ScenarioStep] {
        guard case .sequence(let items) = node.content, !items.isEmpty else {
            reportExpected("a list of steps", node)
            return []
        }
        guard items.count <= Limits.steps else {
            report(
                items[Limits.steps].position, "\(items.count) steps",
                "at most \(Limits.steps) are allowed")
            return []
        }
        var story = Story(on: fileSystem)
        var steps: [ScenarioStep] = []
        for (index, item) in items.enumerated() where !hasSeenEnough {
            if let step = step(item, number: index + 1, kernels, &story) { steps.append(step) }
        }
        return steps
    }
}

extension FileSystem {
    /// `s_maxbytes` with blocks of 4 KiB; nil: no less than an offset can be.
    var largestFile: UInt64? {
        switch self {
        case .ext2: 2_194_719_883_264
        case .ext4: 17_592_186_040_320
        case .xfs, .tmpfs: nil
        }
    }
}
