import Foundation
import Testing

/// `radixscope check` of files that mean harm: an error within a second of processor time and
/// 200 MB of address space, which the limits of the process hold it to.
@Suite struct HostileScenarioTests {
    private static let head = """
        scenario: hostile
        title: T
        kernels: [v4.5]

        """

    /// What each file is, and its text.
    static let files: [(name: String, text: String)] = [
        ("lists in lists", head + "steps: " + String(repeating: "[", count: 500_000)),
        ("mappings in mappings", head + "steps: " + String(repeating: "{a: ", count: 200_000)),
        ("blocks in blocks", head + "steps:\n" + String(repeating: "- ", count: 400_000)),
        ("anchors that explode", anchors),
        (
            "duplicate keys",
            head + (0..<60_000).map { _ in "file: { size: 1 }\n" }.joined()
        ),
        ("control characters", head + "about: \"" + String(repeating: "\u{1B}[2J", count: 200_000)),
        (
            "ranges beyond every file",
            head + "file: { size: 1GiB, blocks: { "
                + (0..<20_000).map { "\($0)..2251799813685248: written" }.joined(separator: ", ")
                + " } }\nsteps: [fsync]\n"
        ),
        (
            "a transfer of gigabytes",
            head + "file: { size: 8EiB }\nsteps:\n"
                + (0..<5_000).map { _ in "  - pwrite: { pages: 0..2251799813685247, value: 1 }\n" }
                .joined()
        ),
        ("more than a mebibyte", head + String(repeating: "# more\n", count: 400_000)),
    ]

    private static var anchors: String {
        var text = head + "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for i in 1..<40 {
            let uses = Array(repeating: "*a\(i - 1)", count: 9).joined(separator: ", ")
            text += "a\(i): &a\(i) [\(uses)]\n"
        }
        return text + "steps: *a39\n"
    }

    @Test(arguments: files.map(\.name))
    func endInAnErrorSoon(name: String) throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("hostile.yml")
        let text = try #require(Self.files.first { $0.name == name }).text
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        // Not ru_maxrss: exec hands on the high mark of the process that the program came from.
        let limits = "ulimit -t 1 && ulimit -v 200000 && exec \"$@\""
        let result = try spawn(
            ["/bin/sh", "-c", limits, "sh", program(), "check", path], scratch: scratch.url)
        #expect(result.status == 1 || result.status == 2, "\(result.problems.prefix(300))")
        #expect(result.problems.contains("hostile.yml:"), "\(result.problems.prefix(300))")
        #expect(result.problems.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
    }
}
