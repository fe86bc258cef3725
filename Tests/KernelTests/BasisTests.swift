import Foundation
import Kernel
import Linux4
import Stepping
import Testing

/// Every listing says what it rests on, and `docs/kernels.md` says the same.
@Suite struct BasisTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func page() throws -> String {
        try String(contentsOf: Self.root.appending(path: "docs/kernels.md"), encoding: .utf8)
    }

    /// The rows of the table under a heading: cells without their backquotes.
    private func table(_ heading: String) throws -> [[String]] {
        let lines = try page().split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("## " + heading) })
        return lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
            .drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }.dropFirst(2)
            .map { row in
                row.split(separator: "|").map {
                    $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "")
                }
            }
    }

    @Test func thePageNamesEveryKernel() throws {
        #expect(try table("By kernel").map(\.first) == KernelVersion.allCases.map(\.name))
    }

    @Test func thePageExplainsEveryWord() throws {
        let page = try page()
        for basis in Basis.allCases { #expect(page.contains("| `\(basis.rawValue)`"), "\(basis)") }
    }

    /// What a listing of the series rests on is what the page says; and the page names nothing that
    /// there is not.
    @Test(arguments: [KernelVersion.v6, .v7, .v8])
    func thePageSaysWhatTheListingsRestOn(version: KernelVersion) throws {
        let rows = try table("By function")
        let column = try #require([.v6: 2, .v7: 3, .v8: 4][version])
        let listings = KernelModel.of(version).listings
        for row in rows where row[0] != "all others" {
            #expect(listings.contains { $0.name == row[0] && $0.file == row[1] }, "\(row[0])")
        }
        for listing in listings where !listing.file.isEmpty {
            let row = try #require(
                rows.first { $0[0] == listing.name && $0[1] == listing.file }
                    ?? rows.first { $0[0] == "all others" && $0[1] == listing.file }
                    ?? rows.last)
            #expect(listing.basis.rawValue == row[column], "\(listing.name)")
        }
    }

    @Test(arguments: KernelVersion.allCases)
    func everyListingHasABasisThatFitsItsLines(version: KernelVersion) {
        for listing in KernelModel.of(version).listings {
            let hasLines = listing.statements.contains { $0.line != nil }
            switch listing.basis {
            case .model: #expect(listing.file.isEmpty && !hasLines, "\(listing.name)")
            case .source: #expect(!version.isPosting && !listing.file.isEmpty, "\(listing.name)")
            case .earlierSource, .laterSource: #expect(version.isPosting, "\(listing.name)")
            case .derived: #expect(version.isPosting && !hasLines, "\(listing.name)")
            case .posting:
                #expect(version.isPosting)
                #expect(!hasLines || version == .v6, "\(listing.name)")
            }
        }
    }
}
