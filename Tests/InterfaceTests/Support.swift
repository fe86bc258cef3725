import Canvas
import Kernel
import Scenario
import Testing

@testable import Interface

/// The seed bug, as far as these tests need it.
let orphanStory = """
    scenario: orphan
    title: The zero page that nobody removed
    kernels: [v6, v4.5, v4.4-pmd, v4.4]
    about: |
      A read of a hole is given a page of zeroes. Watch what happens to that page when somebody else
      then writes to the hole, 2 MiB at a time.
    file: { size: 4MiB }
    steps:
      - mmap: { name: small, pages: 512 }
        say: A program maps one page of the file, and nothing is allocated.
      - load: { map: small, page: 512 }
        ask: { question: "What is nrpages after the read?", answer: nrpages }
        say: A read fault over a hole puts a page of zeroes into the page cache.
      - mmap: { name: huge, pages: 0..1023 }
        say: A second mapping, of the whole file; its first fault may map 2 MiB at once.
      - store: { map: huge, page: 512, value: 0xa5 }
        say:
          v6: >-
            The write allocates 2 MiB of blocks, but nobody removes the zero page: it is an orphan.
            Then dax_radix_entry takes it for one of its own entries and deletes it.
          all: The fault cleans up first, and all is well.
      - load: { map: small, page: 512 }
        ask:
          question: Does the load see 0xa5?
          answer: { v6: "no, zeroes", v4.4-pmd: "no", all: "yes" }
        say: The old page table entry still shows the zero page.
      - munmap: { map: small }
      - munmap: { map: huge }
      - close
      - umount:
        say: { v6: "The counters are wrong, and clear_inode finds out.", all: All is well. }
    """

func story(_ text: String = orphanStory) throws -> Scenario {
    try Scenario.parse(text, file: "test.yml")
}

func start(_ version: KernelVersion = .v6, glyphs: Glyphs = .utf8) throws -> InterfaceState {
    InterfaceState(run: ScenarioRun(try story(), on: version), glyphs: glyphs)
}

extension InterfaceState {
    /// Presses keys by their names, separated by blanks.
    @discardableResult
    mutating func press(_ keys: String) -> [Effect] {
        keys.split(separator: " ").flatMap { handle(.key(Key(String($0))!)) }
    }
}

/// The positions that the pictures are of.
enum Place: String, CaseIterable {
    case start, fault, orphan, leak, bug

    func position(in state: InterfaceState) -> Int {
        let timeline = state.timeline
        switch self {
        case .start: return 0
        case .fault: return timeline.spans[1].start + 6
        case .orphan: return timeline.findingBirths[0]
        case .leak: return timeline.spans[3].end
        case .bug: return timeline.end
        }
    }
}

extension InterfaceState {
    /// The same state elsewhere in time.
    func at(_ position: Int) -> InterfaceState {
        var copy = self
        copy.move(to: position)
        return copy
    }
}

/// A seeded generator: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
