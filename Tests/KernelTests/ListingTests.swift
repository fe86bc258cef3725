import Kernel
import Testing

/// What holds for every statement of every kernel.
@Suite struct ListingTests {
    @Test(arguments: KernelVersion.allCases)
    func statementsFitTheListingPane(version: KernelVersion) {
        for listing in KernelModel(version).listings {
            #expect(!listing.statements.isEmpty, "\(listing.name)")
            for statement in listing.statements {
                #expect(statement.text.count <= 60, "\(listing.name): \(statement.text)")
            }
        }
    }

    /// v6 to v8 are known from mails: only files that the series left alone have lines.
    @Test(arguments: [KernelVersion.v6, .v7, .v8])
    func theSeriesHasLinesOnlyWhereTheyAreKnown(version: KernelVersion) {
        for listing in KernelModel(version).listings {
            let isKnown = ["fs/inode.c", "lib/radix-tree.c"].contains(listing.file)
            for statement in listing.statements where !isKnown {
                #expect(statement.line == nil, "\(listing.name): \(statement.text)")
            }
        }
    }

    @Test(arguments: [KernelVersion.v4_4, .v4_5])
    func releasesHaveLines(version: KernelVersion) {
        for listing in KernelModel(version).listings where !listing.file.isEmpty {
            let known = listing.statements.count { $0.line != nil }
            #expect(known * 2 >= listing.statements.count || listing.statements.count < 3)
        }
    }
}
