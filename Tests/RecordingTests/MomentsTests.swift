import Kernel
import Scenario
import Stepping
import Testing

@testable import Recording

@Suite struct MomentsTests {
    static let run = try! Library.run()
    static var timeline: Timeline { run.timeline }

    private func positions(_ text: String) throws -> [Int] {
        try Moments(parsing: text).positions(in: Self.run)
    }

    @Test func aMomentIsAStepAnOperationAFunctionOrAnEvent() throws {
        let spans = Self.timeline.spans
        #expect(try positions("12") == [12])
        #expect(try positions("start,end") == [0, Self.timeline.end])
        #expect(try positions("op3") == [spans[2].end])
        #expect(try positions("op4+0,op4+5") == [spans[3].start, spans[3].start + 5])
        #expect(try positions("op3..op5") == [spans[2].end, spans[3].end, spans[4].end])
        #expect(try positions("7..10") == [7, 8, 9, 10])
        #expect(try positions("every-op") == spans.map(\.end))
        #expect(try positions("every-step") == Array(0...Self.timeline.end))
        #expect(try positions("bug") == [Self.timeline.bugPosition])
        #expect(try positions("findings") == Self.timeline.findingBirths)
        #expect(try positions("finding") == [Self.timeline.findingBirths[0]])
    }

    @Test func momentsComeInOrderAndOnce() throws {
        #expect(try positions("9,3,op1,3..5,2") == [2, 3, 4, 5, 9])
    }

    @Test func aFunctionIsTheMomentBeforeItsStatementRuns() throws {
        for (text, number) in [("dax_radix_entry", 0), ("dax_radix_entry:2", 1)] {
            let position = try #require(try positions(text).first)
            let step = Self.timeline.steps[position]
            let next = try #require(Self.timeline.nextStatement(at: position))
            #expect(next.listing.name == "dax_radix_entry")
            #expect(Int(step.statement) == number)
        }
    }

    @Test(arguments: [
        "", ",", "op0", "op1+", "op1+x", "3..", "..3", "1..2..3", "-1", "+1", "1.5",
        "٣", "9999999999", "op3 ", "f:", "f:0", "f:x", "f:1:2", "\u{1B}[31m", "a b",
    ])
    func whatIsNoMomentIsRefusedInOneLine(_ text: String) {
        #expect {
            _ = try Moments(parsing: text)
        } throws: { error in
            let line = "\(error)"
            return line.contains("expected") && !line.contains { $0.isNewline || $0 == "\u{1B}" }
        }
    }

    @Test(arguments: [
        ("9999", "no step 9999; the last is \(run.timeline.end)"),
        ("op8", "no operation 8; the last is op7"),
        ("op1+2", "no step 2 in operation 1, which takes 1"),
        ("dax_radix_entry:999", "no moment at which dax_radix_entry:999 runs"),
        ("5..op9", "no operation 9"),
    ])
    func aMomentThatIsNotThereIsToldWithWhatIs(_ text: String, _ told: String) throws {
        let moments = try Moments(parsing: text)
        #expect {
            _ = try moments.positions(in: Self.run)
        } throws: { error in
            guard case RecordingError.noSuchMoment(let line) = error else { return false }
            return line == "pmd-orphan on v6 has \(told)"
                || line.hasPrefix(
                    "pmd-orphan on v6 has \(told);")
        }
    }

    @Test func aKernelWithoutABugHasNoSuchMoment() throws {
        let run = try Library.run("pmd-orphan", .v4_5)
        let error = RecordingError.noSuchMoment("pmd-orphan on v4.5 has no BUG")
        #expect(throws: error) { try Moments(parsing: "bug").positions(in: run) }
    }

    @Test func unknownFunctionsAndBackwardRangesAreMisuse() throws {
        for text in ["no_such_function", "op", "opx", "END", "every", "9..3", "op5..op2"] {
            let moments = try Moments(parsing: text)
            #expect {
                _ = try moments.positions(in: Self.run)
            } throws: { error in
                if case RecordingError.misuse = error { true } else { false }
            }
        }
    }

    @Test func aPlaceIsTheSameOnEveryKernel() throws {
        let other = try Library.run("pmd-orphan", .v4_5)
        for run in [Self.run, other] {
            for position in 0...run.timeline.end {
                #expect(run.timeline.position(of: run.timeline.place(of: position)) == position)
            }
        }
        let places = try Moments(parsing: "every-op").places(in: [Self.run, other])
        #expect(places == (1...7).map { Place(operation: $0, steps: nil) })
        // Only one of them has a BUG, and that is enough.
        let bug = try Moments(parsing: "bug").places(in: [other, Self.run])
        #expect(bug == [Place(operation: 7, steps: nil)])
        // Every step of either.
        let all = try Moments(parsing: "every-step").places(in: [Self.run, other])
        #expect(all.count > max(Self.run.timeline.end, other.timeline.end))
        #expect(all == all.sorted())
    }
}
