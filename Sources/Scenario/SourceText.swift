#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The text of a scenario file, checked before a YAML parser sees it.
///
/// YAML's anchors and aliases are not part of the format, because a page of them unfolds to
/// gigabytes. Whether an `&` starts an anchor or belongs to a text is the parser's to say, so the
/// reader hides the two characters from it behind two noncharacters of the same width, which the
/// file itself cannot hold, and puts them back afterwards.
struct SourceText {
    var text: String

    static let hiddenAnchor = Unicode.Scalar(0xFDD0 as UInt32)!
    static let hiddenAlias = Unicode.Scalar(0xFDD1 as UInt32)!
    /// From here on, noncharacters stand for keys that came twice: see YAMLTree.
    static let firstHiddenKey: UInt32 = 0xFDD2

    /// The file without a byte order mark. Throws a diagnostic for the first thing that cannot
    /// stand in a scenario.
    init(bytes: [UInt8], file: String) throws(ScenarioError) {
        func fail(_ offset: Int, _ message: String, _ hint: String?) -> ScenarioError {
            let position = SourceText.position(of: offset, in: bytes)
            return ScenarioError([
                Diagnostic(
                    file: file, line: position.line, column: position.column, message: message,
                    hint: hint)
            ])
        }
        guard bytes.count <= Limits.fileBytes else {
            throw ScenarioError([.tooLarge(file: file)])
        }
        if let nul = bytes.firstIndex(of: 0) {
            throw fail(nul, "this is a binary file: it holds a zero byte", "a scenario is text")
        }
        if let offset = SourceText.firstInvalid(in: bytes) {
            throw fail(offset, "this is not UTF-8 text", "save the file as UTF-8")
        }
        var values = 0
        var scalars = String.UnicodeScalarView()
        var offset = 0
        var previous: Unicode.Scalar = "\n"
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            defer {
                offset += UTF8.width(scalar)
                previous = scalar
            }
            if previous == "\r", scalar != "\n" {
                throw fail(offset - 1, "a carriage return without a line feed", nil)
            }
            switch scalar {
            case "&": scalars.append(SourceText.hiddenAnchor)
            case "*": scalars.append(SourceText.hiddenAlias)
            case "\n", ",", "[", "{", ":":
                values += scalar == "," ? 2 : 1
                scalars.append(scalar)
            case "\r", "\t": scalars.append(scalar)
            case "\u{FEFF}" where offset == 0: continue
            case _ where scalar.isUnprintable:
                let code = String(scalar.value, radix: 16, uppercase: true)
                let name = String(repeating: "0", count: max(0, 4 - code.count)) + code
                throw fail(
                    offset, "the character U+\(name) cannot stand in a scenario", "remove it")
            default: scalars.append(scalar)
            }
        }
        guard values <= Limits.values else {
            throw fail(0, "more than \(Limits.values) values", "split the scenario")
        }
        text = String(scalars)
    }

    /// Puts hidden characters back.
    static func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 == hiddenAnchor || $0 == hiddenAlias })
        else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(scalar == hiddenAnchor ? "&" : scalar == hiddenAlias ? "*" : scalar)
        }
        return String(result)
    }

    private static func position(of offset: Int, in bytes: [UInt8]) -> SourcePosition {
        var position = SourcePosition(line: 1, column: 1)
        for byte in bytes.prefix(offset) {
            if byte == 0x0A {
                position = SourcePosition(line: position.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                position.column += 1
            }
        }
        return position
    }

    /// The offset of the first byte that is not part of a UTF-8 character, or nil.
    private static func firstInvalid(in bytes: [UInt8]) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): offset += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }
}

extension Diagnostic {
    static func tooLarge(file: String) -> Diagnostic {
        Diagnostic(
            file: file, message: "the file is larger than 1 MiB (\(Limits.fileBytes) bytes)",
            hint: "a scenario is a short story; is this the file you meant?")
    }
}

extension SourceText {
    /// The bytes of a file of at most `Limits.fileBytes`; a larger one is not read.
    static func bytes(path: String) throws(ScenarioError) -> [UInt8] {
        if path.utf8.contains(0) { throw failure(path, "a file name cannot hold a zero byte") }
        // Waits for the writer of a named pipe, as every reader of one does.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw failure(path, "cannot open the file: " + String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        return try bytes(of: descriptor, file: path)
    }

    /// The bytes that an open file has from where it stands; `file` is its name in errors.
    static func bytes(of descriptor: Int32, file: String) throws(ScenarioError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw failure(file, "cannot examine the file: " + String(cString: strerror(errno)))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            if status.st_size > Limits.fileBytes { throw ScenarioError([.tooLarge(file: file)]) }
        case S_IFDIR: throw failure(file, "this is a directory", "name a scenario file in it")
        default: break
        }
        // The size may be a lie (files in /proc have none), so the reading has the limit.
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= Limits.fileBytes {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(file, "cannot read the file: " + String(cString: strerror(errno)))
            }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
        }
        throw ScenarioError([.tooLarge(file: file)])
    }

    private static func failure(
        _ file: String, _ message: String, _ hint: String? = nil
    ) -> ScenarioError {
        ScenarioError([Diagnostic(file: file, message: message, hint: hint)])
    }
}
