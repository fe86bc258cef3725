import ArgumentParser
import Foundation

/// `radixscope-bench tree`: the radix tree beside JudyL, Dictionary and TreeDictionary.
struct TreeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Measures the radix tree beside JudyL, Dictionary and TreeDictionary.")

    @Option(help: "Entries in the trees.") var entries = 1_000_000
    @Option(help: "Measured rounds; figures are medians.") var rounds = 5
    @Option(help: "Only these.") var peers: [String] = []
    @Flag(help: "Print JSON instead of tables.") var json = false

    func run() throws {
        var peers = [(title: RadixTreePeer.title, tags: RadixTreePeer.tags)]
        let hasJudy = JudyLibrary.load() != nil
        if hasJudy { peers.append((JudyPeer.title, JudyPeer.tags)) }
        peers.append((DictionaryPeer.title, DictionaryPeer.tags))
        peers.append((TreeDictionaryPeer.title, TreeDictionaryPeer.tags))
        if !self.peers.isEmpty { peers = peers.filter { self.peers.contains($0.title) } }
        for workload in Workload.allCases {
            let figures = try Comparison(workload: workload, entries: entries, rounds: rounds)
                .measure(peers)
            print(workload)
            for f in figures {
                print(f.peer, String(format: "%.1f", f.bytesPerEntry))
                for p in Phase.allCases {
                    print("   ", p.rawValue, String(format: "%.1f ns  %.2f", f.nanoseconds[p.rawValue]!, f.overJudy[p.rawValue] ?? 0))
                }
            }
        }
    }
}
