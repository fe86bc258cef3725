import Kernel
import Linux4
import Stepping
import Testing

/// What holds for every statement of every kernel.
@Suite struct ListingTests {
    @Test(arguments: KernelVersion.allCases)
    func statementsFitTheListingPane(version: KernelVersion) {
        for listing in KernelModel(version, of: .linux4).listings {
            #expect(!listing.statements.isEmpty, "\(listing.name)")
            for statement in listing.statements {
                #expect(statement.text.count <= 60, "\(listing.name): \(statement.text)")
            }
        }
    }

    /// v6 to v8 are known from mails: only files that the series left alone have lines, and the one
    /// function of v6 that a mail quotes with its lines.
    @Test(arguments: [KernelVersion.v6, .v7, .v8])
    func theSeriesHasLinesOnlyWhereTheyAreKnown(version: KernelVersion) {
        for listing in KernelModel(version, of: .linux4).listings {
            let isQuoted = version == .v6 && listing.name == "__dax_pmd_fault"
            let isKnown =
                isQuoted || ["fs/inode.c", "lib/radix-tree.c"].contains(listing.file)
            if isQuoted {
                let lines = listing.statements.compactMap(\.line)
                #expect(lines == lines.sorted() && lines.first == 773 && lines.last == 915)
            }
            for statement in listing.statements where !isKnown {
                #expect(statement.line == nil, "\(listing.name): \(statement.text)")
            }
        }
    }

    /// Listings whose lines, in part, nobody has looked up in the sources of 4.4.0 and 4.5.0: they
    /// say none rather than a wrong one (docs/kernels.md).
    private static let isNotLookedUp: Set = [
        "__do_page_cache_readahead", "madvise", "mincore", "test_clear_page_writeback",
        "shrink_page_list",
    ]

    /// Of 4.5 every file is at hand; what no kernel source holds has no line.
    @Test func everyStatementOfAReleaseHasItsLine() {
        let listings = KernelModel(.v4_5, of: .linux4).listings
        #expect(Self.isNotLookedUp.isSubset(of: listings.map(\.name)))
        for listing in listings where !Self.isNotLookedUp.contains(listing.name) {
            for statement in listing.statements {
                switch listing.file {
                case "": #expect(statement.line == nil, "\(listing.name): \(statement.text)")
                case _ where listing.file.hasPrefix("mm/") || listing.file.hasPrefix("lib/"),
                    "fs/dax.c", "fs/buffer.c":
                    if statement.row == "N6" || statement.text == "return" { continue }
                    #expect(statement.line != nil, "\(listing.name): \(statement.text)")
                default: break
                }
            }
        }
    }
}
