import ArgumentParser
import CHeap
import Foundation

/// `radixscope-bench tree`: the radix tree and the XArray beside JudyL, Dictionary and
/// TreeDictionary.
struct TreeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract:
            "Measures the radix tree and the XArray beside JudyL, Dictionary and TreeDictionary.",
        discussion: """
            Each peer runs in a process of its own, one core at a time. The peers take turns round \
            by round, so that whatever else the machine does meets all of them alike; a ratio is \
            the median of the rounds' ratios. Times are processor time. They depend on the machine \
            and on what else uses its caches: compare ratios.

            Only the radix tree and the XArray keep tags (marks) in themselves. JudyL has a Judy1 \
            for them, the others a set.
            """)

    @Option(help: "Entries in the trees, 10 or more.") var entries = 1_000_000
    @Option(help: "Measured rounds; figures are medians.") var rounds = 5
    @Option(help: "Only these peers, for example RadixTree,JudyL.") var peers: String?
    @Flag(help: "Print JSON instead of tables.") var json = false

    func validate() throws {
        guard entries >= 10 else { throw ValidationError("--entries must be at least 10") }
        guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1") }
    }

    func run() throws {
        rs_keep_freed_memory()
        var missing: [String] = []
        var known = [
            (title: RadixTreePeer.title, tags: RadixTreePeer.tags),
            (title: XArrayPeer.title, tags: XArrayPeer.tags),
        ]
        if JudyLibrary.load() != nil {
            known.append((JudyPeer.title, JudyPeer.tags))
        } else {
            missing.append(JudyLibrary.howToInstall)
        }
        known.append((DictionaryPeer.title, DictionaryPeer.tags))
        known.append((TreeDictionaryPeer.title, TreeDictionaryPeer.tags))
        if let peers {
            let wanted = peers.split(separator: ",").map(String.init)
            for name in wanted where !known.contains(where: { $0.title == name }) {
                throw ValidationError("no peer is called \(name)")
            }
            known = known.filter { wanted.contains($0.title) }
        }
        let figures = try Workload.allCases.flatMap { workload in
            try Comparison(workload: workload, entries: entries, rounds: rounds).measure(known)
        }
        let versions = VersionCosts.measure(entries: entries, rounds: rounds)
        let large = LargeEntryCosts.measure(indices: entries, rounds: rounds)
        let report = TreeReport(
            entries: entries, rounds: rounds, missing: missing, peers: figures,
            versions: versions, largeEntries: large)
        print(json ? try report.json() : report.table())
    }
}
