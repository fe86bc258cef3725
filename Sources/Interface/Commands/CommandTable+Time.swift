import Canvas

extension Command {
    static let time: [Command] = [
        motion(
            .step, "next", ["Right", "l"], "run the next statement", label: "step", rank: 1),
        motion(
            .back, "back", ["Left", "h"], "take the last statement back", label: "back", rank: 2),
        motion(
            .nextOperation, "next-operation", ["n"], "run to the end of the operation",
            label: "operation", rank: 3),
        motion(
            .previousOperation, "previous-operation", ["p"], "back to before the operation",
            label: "operation back", rank: 12),
        motion(
            .over, "over", ["o"], "run a statement and all that it calls", label: "over call",
            rank: 7),
        motion(.overBack, "over-back", ["O"], "back over a call"),
        motion(
            .out, "finish", ["f"], "run until the function has returned",
            label: "finish function", rank: 8),
        motion(.outBack, "finish-back", ["F"], "back to the call of the function"),
        motion(
            .nextStop, "continue", ["c"], "run to the next finding, or the BUG",
            label: "next finding", rank: 6),
        motion(.previousStop, "continue-back", ["C"], "back to the finding before"),
        Command(
            "start", ["g", "Home"], .time, "go to the start", label: "start", rank: 14,
            when: .afterStart
        ) { _ in .go(.start, count: nil) },
        Command(
            "end", ["G", "End"], .time, "go to the end, or to the step of a number",
            argument: .optional("STEP"), label: "end", rank: 13
        ) { text in
            guard let text else { return .go(.end, count: nil) }
            return Int(text).map { .goto($0) }
        },
        Command(
            "goto", [], .time, "go to a step", aliases: ["step"], argument: .required("STEP")
        ) { $0.flatMap { Int($0) }.map { .goto($0) } },
        Command(
            "op", [], .time, "go to the end of an operation, from 1", aliases: ["operation"],
            argument: .required("NUMBER")
        ) { $0.flatMap { Int($0) }.map { .gotoOperation($0) } },
        Command(
            "play", ["Space"], .time, "play the story, or stop it",
            argument: .optional("SPEED"), label: "play", rank: 11, when: .beforeEnd
        ) { play($0, direction: 1) },
        Command(
            "play-back", ["R"], .time, "play it back, or stop it",
            argument: .optional("SPEED"), when: .afterStart
        ) { play($0, direction: -1) },
        Command(
            "scrub", [">"], .time, "a twentieth of the story on", argument: .count,
            when: .beforeEnd
        ) { number($0, else: 1).map { .scrub($0) } },
        Command(
            "scrub-back", ["<"], .time, "a twentieth of the story back", argument: .count,
            when: .afterStart
        ) { number($0, else: 1).map { .scrub(-$0) } },
    ]

    static let marks: [Command] = [
        Command("mark-a", ["A"], .marks, "set mark A here, or remove it") { _ in .mark(.a) },
        Command("mark-b", ["B"], .marks, "set mark B here, or remove it") { _ in .mark(.b) },
        Command(
            "bookmark", ["m"], .marks, "set a bookmark here, or remove it",
            argument: .optional("NOTE")
        ) { .bookmark($0) },
        Command("next-bookmark", ["'"], .marks, "go to the next bookmark") { _ in
            .nextBookmark(1)
        },
        Command("previous-bookmark", ["\""], .marks, "go to the bookmark before") { _ in
            .nextBookmark(-1)
        },
        Command(
            "breakpoint", ["b"], .marks, "stop at the statement that runs next, or no more",
            label: "break", rank: 20
        ) { _ in .toggleBreakpoint },
        Command(
            "break", [], .marks, "stop at a function, line, change or condition",
            argument: .required("WHAT"), values: .stops
        ) { $0.map { .breakpoint($0) } },
        Command(
            "unbreak", [], .marks, "remove a breakpoint by its number", aliases: ["delete"],
            argument: .required("NUMBER")
        ) { $0.flatMap { Int($0) }.map { .removeBreakpoint($0) } },
    ]

    private static func play(_ speed: String?, direction: Int) -> Action? {
        guard let speed else { return .play(speed: nil, direction: direction) }
        return Int(speed).flatMap { $0 > 0 ? .play(speed: $0, direction: direction) : nil }
    }

    /// A motion, as often as the number before it says.
    private static func motion(
        _ motion: Motion, _ name: String, _ keys: [Key], _ summary: String, label: String? = nil,
        rank: Int = 99
    ) -> Command {
        Command(
            name, keys, .time, summary, argument: .count, label: label, rank: rank,
            when: motion.isForward ? .beforeEnd : .afterStart
        ) { text in
            guard let text else { return .go(motion, count: nil) }
            return Int(text).map { .go(motion, count: $0) }
        }
    }
}

extension Motion {
    /// Whether it leads to later positions.
    var isForward: Bool {
        switch self {
        case .step, .over, .out, .nextOperation, .nextStop, .end: true
        case .back, .overBack, .outBack, .previousOperation, .previousStop, .start: false
        }
    }
}
