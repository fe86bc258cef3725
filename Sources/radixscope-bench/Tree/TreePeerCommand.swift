import ArgumentParser
import CHeap

/// The process that `radixscope-bench tree` starts for each peer.
struct TreePeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree-peer",
        abstract: "One peer of `tree`, driven through its standard input.",
        shouldDisplay: false)

    @Argument var peer: String
    @Argument var workload: Workload
    @Argument var entries: Int

    func run() throws {
        rs_keep_freed_memory()
        switch peer {
        case RadixTreePeer.title: serve(RadixTreePeer())
        case XArrayPeer.title: serve(XArrayPeer())
        case DictionaryPeer.title: serve(DictionaryPeer())
        case TreeDictionaryPeer.title: serve(TreeDictionaryPeer())
        case JudyPeer.title:
            guard let peer = JudyPeer() else { throw ValidationError(JudyLibrary.howToInstall) }
            serve(peer)
        default: throw ValidationError("no peer is called \(peer)")
        }
    }

    private func serve(_ peer: some Peer) {
        var server = PeerServer(peer, workload, count: entries)
        server.serve()
    }
}

extension Workload: ExpressibleByArgument {}
