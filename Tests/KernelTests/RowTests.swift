import Kernel
import Linux4
import Stepping
import Testing

/// The table of micro-steps of the specification, row by row: each is a statement somewhere.
@Suite struct RowTests {
    /// The letters of the table, and how many rows each has.
    private static let numbered: [(letter: Character, count: Int)] = [
        ("A", 15), ("B", 10), ("C", 10), ("D", 8), ("E", 20), ("F", 17), ("G", 6), ("H", 10),
        ("J", 12), ("K", 11), ("L", 19), ("M", 11), ("N", 6), ("O", 8), ("Q", 8), ("R", 3),
    ]
    /// Rows between the numbers, and J0.
    private static let others = ["F2a", "F2b", "H6b", "H8b", "J0"]
    /// Rows that not every kernel has: the ones that have them.
    private static let only: [String: [KernelVersion]] = [
        "E16": [.v6, .v7, .v8, .v4_5], "F2": [.v4_4, .v4_4pmd, .v6, .v7, .v8],
        "F2a": [.v4_5], "F2b": [.v4_5], "F7": [.v7, .v8], "F9": [.v4_5], "F10": [.v4_5],
        "F6": [.v7, .v8], "F8": [.v7, .v8], "F15": [.v6, .v7, .v8, .v4_5],
        "G3": [.v6, .v7, .v8, .v4_5], "H3": [.v4_5], "L10": [.v6, .v7, .v8],
        "L13": [.v6], "L15": [.v4_5], "J5": [.v6, .v7, .v8, .v4_5],
    ]

    private static let rows: [String] =
        numbered.flatMap { row in (1...row.count).map { "\(row.letter)\($0)" } } + others

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
