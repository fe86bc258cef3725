import Canvas
import Kernel
import Testing

@testable import Interface

/// What holds whatever is pressed.
@Suite struct PropertyTests {
    static let keys: [Key] =
        Command.all.flatMap(\.keys).filter { !["q", "Q"].contains($0) }
        + [
            "1", "2", "9", "0", "Enter", "Backspace", "Delete", "a", "e", "o", "r", "t", "v", "6",
            "Space", "~", "F1", "Insert", "C-w", "C-e",
        ]

    @Test(arguments: 1...16) func anyKeys(_ seed: Int) throws {
        var generator = SplitMix(state: UInt64(seed))
        var state = try start(KernelVersion.allCases.randomElement(using: &generator)!)
        let size = Size(
            Int.random(in: 0...210, using: &generator), Int.random(in: 0...62, using: &generator))
        state.handle(.resize(size))
        for press in 0..<150 {
            let key = Self.keys.randomElement(using: &generator)!
            let event: Event =
                switch Int.random(in: 0..<30, using: &generator) {
                case 0: .timeout
                case 1:
                    .mouse(
                        Mouse(.press(1), at: Point(Int.random(in: -2...210, using: &generator), 1)))
                case 2: .mouse(Mouse(.wheelDown, at: Point(5, 5)))
                default: .key(key)
                }
            state.handle(event)
            #expect((0...state.timeline.end).contains(state.position))
            #expect(state.moment.position == state.position)
            guard press % 4 == 0 else { continue }
            #expect(view(state, size: size).size == size)
        }
    }

    /// A step back shows exactly what was there before the step.
    @Test(arguments: [KernelVersion.v6, .v4_5]) func backUndoesForward(_ version: KernelVersion)
        throws
    {
        var state = try start(version)
        let size = Size(120, 40)
        while state.position < state.timeline.end {
            let before = state
            state.press("l h")
            #expect(state.choices == before.choices)
            #expect(view(state, size: size) == view(before, size: size), "\(state.position)")
            state.press("l")
        }
        #expect(state.position > 50)
    }

    /// A moment looks the same however one came to it.
    @Test func everyWayLeadsToTheSamePicture() throws {
        let first = try start()
        var walked = first
        for position in 0...first.timeline.end {
            let jumped = first.at(position)
            #expect(view(walked, size: Size(80, 24)) == view(jumped, size: Size(80, 24)))
            walked.press("l")
        }
    }
}
