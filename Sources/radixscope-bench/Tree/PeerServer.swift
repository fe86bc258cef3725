import CHeap
import Glibc

/// A peer in a process of its own, which does one phase whenever it is told to. So the peers'
/// memory cannot get in each other's way, and their rounds can alternate, so that whatever else
/// the machine does meets all of them alike.
struct PeerServer<Measured: Peer> {
    private var peer: Measured
    private let keys: Keys
    private let heapBefore: Int

    init(_ peer: Measured, _ workload: Workload, count: Int) {
        keys = Keys(workload, count: count)
        self.peer = peer
        heapBefore = heapInUse()
    }

    /// Reads names of phases, one a line, and answers each with "nanoseconds sum bytes".
    mutating func serve() {
        while let line = readLine() {
            guard let phase = Phase(rawValue: line) else { return }
            let start = ProcessorClock.now()
            let sum = run(phase)
            let elapsed = ProcessorClock.now() - start
            let bytes = phase == .insert ? peer.bytes ?? heapInUse() - heapBefore : 0
            print(elapsed, sum, bytes)
            fflush(nil)
        }
    }

    private mutating func run(_ phase: Phase) -> UInt64 {
        switch phase {
        case .insert: peer.insert(keys.all)
        case .hit: peer.hit(keys.shuffled)
        case .miss: peer.miss(keys.absent)
        case .tag: peer.tag(keys.tagged)
        case .iterateTagged: peer.iterateTagged()
        case .iterate: peer.iterate()
        case .delete: peer.delete(keys.all)
        }
    }
}

/// Nanoseconds that this thread has had a processor: the time in which others had it does not
/// count.
enum ProcessorClock {
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Bytes that `malloc` has handed out.
func heapInUse() -> Int {
    let info = mallinfo2()
    return Int(info.uordblks + info.hblkhd)
}
