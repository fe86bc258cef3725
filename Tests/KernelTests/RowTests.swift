import Foundation
import Kernel
import Linux4
import Stepping
import Testing

/// The tables of docs/kernel/micro-steps.md, row by row: each is a statement somewhere.
@Suite struct RowTests {
    /// Rows that not every kernel has: the ones that have them.
    private static let only: [String: [KernelVersion]] = [
        "E16": [.v6, .v7, .v8, .v4_5], "F2": [.v4_4, .v4_4pmd, .v6, .v7, .v8],
        "F2a": [.v4_5], "F2b": [.v4_5], "F7": [.v7, .v8], "F9": [.v4_5], "F10": [.v4_5],
        "F6": [.v7, .v8], "F8": [.v7, .v8], "F15": [.v6, .v7, .v8, .v4_5],
        "G3": [.v6, .v7, .v8, .v4_5], "H3": [.v4_5], "L10": [.v6, .v7, .v8],
        "L13": [.v6], "L15": [.v4_5], "J5": [.v6, .v7, .v8, .v4_5],
    ]

    /// The first column of the tables, without the mark of the rows under tree_lock.
    private static let rows: [String] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/kernel/micro-steps.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            line.prefixMatch(of: /\| ([A-Z]\d+[a-z]?)•? \|/).map { String($0.1) }
        }
    }()

    /// The rows that the listings of a kernel have.
    private func rows(of version: KernelVersion) -> Set<String> {
        Set(
            KernelModel(version, of: .linux4).listings.flatMap(\.statements)
                .flatMap { $0.row.split(separator: " ").map(String.init) })
    }

    @Test func everyRowOfTheTableIsAStatement() {
        let written = KernelVersion.allCases.reduce(into: Set<String>()) {
            $0.formUnion(rows(of: $1))
        }
        #expect(Self.rows.count > 170)
        let missing = Self.rows.filter { !written.contains($0) }
        #expect(missing == [])
        let unknown = written.subtracting(Self.rows)
        #expect(unknown.sorted() == [], "a statement cites a row that the table has not")
    }

    /// Of v4.4 the listings of later functions stand there too; nothing calls them.
    @Test func rowsOfSomeKernelsAreInThoseAlone() {
        let series = KernelVersion.allCases.filter { $0 >= .v6 }
        for (row, versions) in Self.only {
            let found = series.filter { rows(of: $0).contains(row) }
            #expect(found == versions.filter { $0 >= .v6 }, "\(row)")
        }
    }
}
