import Foundation
import Testing

/// A file of docs/kernel: what can be cited of it.
struct KernelDocument {
    /// "2", "3.4", "5a", "H", "6A".
    var sections: Set<String> = []
    /// "H6", "6O13b", "X12".
    var rows: Set<String> = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            if let heading = line.wholeMatch(of: /##+ (\d+[a-z]?|\d+\.\d+|6?[A-Z])( .*)?/) {
                sections.insert(String(heading.1))
            } else if let row = line.prefixMatch(of: /\| (6?[A-Z]\d+[a-z]*)•? \|/) {
                rows.insert(String(row.1))
            }
        }
    }

    func has(_ place: Substring) -> Bool {
        sections.contains(String(place)) || rows.contains(String(place))
    }
}

/// Where the project says that something is written.
struct Citations {
    var documents: [String: KernelDocument]
    /// The sequences of both series of kernel recordings.
    var recordings: Set<String>

    static let project: Citations = {
        var documents: [String: KernelDocument] = [:]
        for file in Tree.files(in: "docs/kernel", suffix: ".md") {
            documents[file.lastPathComponent] =
                (try? String(contentsOf: file, encoding: .utf8)).map(KernelDocument.init)
        }
        let recordings = ["kernel", "kernel-2"].flatMap {
            Tree.files(in: "Tests/Fixtures/golden/\($0)/scenarios", suffix: ".jsonl")
        }
        return Citations(
            documents: documents,
            recordings: Set(recordings.map { $0.deletingPathExtension().lastPathComponent }))
    }()

    /// Comments whose lines are one text.
    private static func joined(_ text: String) -> String {
        text.replacing(/\n[ \t]*(\/\/\/?|#)?[ \t]*/, with: " ")
    }

    /// "5, 7 and 12", "G3 to G6", "5 (step 7) and 14": the places in it.
    private static func places(_ list: Substring) -> [Substring] {
        list.replacing(/\([^)]*\)/, with: "").matches(of: /6?[A-Z]?\d+[a-z]?(\.\d+)?|6?[A-Z]\b/)
            .map(\.output.0)
    }

    /// What is cited and is not there.
    func wrong(in text: String) -> [String] {
        let text = Self.joined(text)
        var wrong: [String] = []
        let place = "6?[A-Z]?[0-9]+[a-z]?(?:\\.[0-9]+)?|6?[A-Z]\\b"
        let list = "(?:\(place))(?:(?: \\([^)]*\\))?(?:,| and| to|–) ?(?:\(place)))*"
        let cited = try! Regex(
            "docs/kernel/([A-Za-z0-9-]+\\.[a-z]+)(?:, (?:sections?|rows?) (\(list)))?",
            as: (Substring, Substring, Substring?).self)
        for citation in text.matches(of: cited) {
            guard let document = documents[String(citation.1)] else {
                wrong.append(String(citation.1))
                continue
            }
            wrong += Self.places(citation.2 ?? "").filter { !document.has($0) }
                .map { "\(citation.1), \($0)" }
        }
        for recorded in text.matches(of: /recorded(?: as ([^;.]*)|: ([^;.)]*))/) {
            wrong += (recorded.1 ?? recorded.2 ?? "").matches(
                of: /\b[A-Z]\d+[a-z]?(-dax|-nodelalloc)?\b/
            )
            .map { String($0.output.0) }.filter { !recordings.contains($0) }
        }
        // Folders that are beside somebody's clone.
        wrong += text.matches(of: /(?:^|[^\w\/.])((?:\.\.\/)?(?:spec|shared)\/[a-z]+)/)
            .map { String($0.output.1) }
        return wrong
    }

    /// What one file of docs/kernel says of itself, and of the others.
    func wrongReferences(in text: String, of name: String) -> [String] {
        var wrong: [String] = []
        for reference in text.matches(of: /\b([a-z]+(?:-[a-z0-9]+)*\.md) (\d+(?:\.\d+)?)\b/) {
            if documents[String(reference.1)]?.has(reference.2) != true {
                wrong.append(String(reference.0))
            }
        }
        for own in text.matches(of: /\bsections? (\d+(?:\.\d+)?)/)
        where documents[name]?.has(own.1) != true {
            wrong.append(String(own.0))
        }
        for row in text.matches(of: /\b6[A-Z]\d+[a-z]?\b/)
        where documents["micro-steps-6.md"]?.has(row.0) != true {
            wrong.append(String(row.0))
        }
        return wrong
    }
}

@Suite struct CitationTests {
    /// Everything that is written by hand.
    private static let files: [URL] =
        ["README.md", "ARCHITECTURE.md"].map { Tree.root.appendingPathComponent($0) }
        + Tree.files(in: "docs", suffix: ".md").filter { !$0.path.contains("/docs/course/") }
        + [".swift", ".py", ".md"].flatMap { Tree.files(in: "Tests", suffix: $0) }
        + Tree.files(in: "Sources", suffix: ".swift")
        + Tree.files(in: "scenarios", suffix: ".yml")

    @Test func everyCitationLeadsToSomethingInTheClone() throws {
        let citations = Citations.project
        #expect(citations.documents.count == 11)
        var cited = 0
        for file in Self.files {
            let text = try String(contentsOf: file, encoding: .utf8)
            cited += text.matches(of: /docs\/kernel\/[a-z]/).count
            for wrong in citations.wrong(in: text) {
                Issue.record("\(file.lastPathComponent) cites \(wrong)")
            }
        }
        #expect(cited > 60)
    }

    @Test func theKernelsDocumentsReferToWhatIsThere() throws {
        for file in Tree.files(in: "docs/kernel", suffix: ".md") {
            let name = file.lastPathComponent
            let text = try String(contentsOf: file, encoding: .utf8)
            for wrong in Citations.project.wrongReferences(in: text, of: name) {
                Issue.record("\(name) refers to \(wrong)")
            }
        }
    }

    @Test func linksOfTheDocumentsLeadToFiles() throws {
        for file in Self.files where file.pathExtension == "md" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for link in text.matches(of: /\]\(([^)#:\s]+)(#[^)]*)?\)/) {
                let target = file.deletingLastPathComponent().appending(path: String(link.1))
                #expect(
                    FileManager.default.fileExists(atPath: target.standardizedFileURL.path),
                    "\(file.lastPathComponent) links to \(link.1)")
            }
        }
    }

    /// The check itself, on texts of which something is wrong.
    @Test(arguments: [
        ("KERNEL/dax.md, section 8", []), ("KERNEL/dax.md, section 16", ["dax.md, 16"]),
        ("KERNEL/none.md", ["none.md"]),
        ("KERNEL/dax.md, sections 3 (step 3), 5 and 77:", ["dax.md, 77"]),
        ("KERNEL/dax.md,\n    /// sections 3 and\n    // 77", ["dax.md, 77"]),
        ("KERNEL/bug-walkthrough.md, section 3.4 (v8)", []),
        ("KERNEL/bug-walkthrough.md, section 3.9", ["bug-walkthrough.md, 3.9"]),
        ("KERNEL/micro-steps.md, rows G3 to G6", []),
        ("KERNEL/micro-steps.md, rows G3 to G7", ["micro-steps.md, G7"]),
        ("KERNEL/micro-steps.md, section M; KERNEL/xarray.md, row X48", ["xarray.md, X48"]),
        ("# KERNEL/dax.md, section 1; RECORDED as S13 (xfs), S99.", ["S99"]),
        ("(RECORDED: T4, H1-dax)", ["H1-dax"]), ("see SPEC/dax.md", ["SPEC/dax"]),
    ])
    func aCitationThatLeadsNowhereIsTold(text: String, wrong: [String]) {
        // This file is looked at too, so what is wrong stands in capitals here.
        func spelled(_ text: String) -> String {
            text.replacing("KERNEL", with: "docs/kernel").replacing("SPEC", with: "spec")
                .replacing("RECORDED", with: "recorded")
        }
        #expect(Citations.project.wrong(in: spelled(text)) == wrong.map(spelled))
    }
}
