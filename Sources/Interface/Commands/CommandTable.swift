import Canvas
import Kernel

extension Command {
    /// Every command, in the order of the help.
    public static let all: [Command] = time + look + find + kernels + program

    private static func motion(
        _ motion: Motion, _ name: String, _ keys: [Key], _ summary: String, label: String? = nil,
        rank: Int = 99, argument: Argument = .count,
        applies: @escaping @Sendable (InterfaceState) -> Bool
    ) -> Command {
        Command(
            name, keys, .time, summary, argument: argument, label: label, rank: rank,
            applies: applies
        ) { text in
            guard let text else { return .go(motion, count: nil) }
            return Int(text).map { .go(motion, count: $0) }
        }
    }

    private static let isBeforeEnd: @Sendable (InterfaceState) -> Bool = {
        $0.position < $0.timeline.end
    }
    private static let isAfterStart: @Sendable (InterfaceState) -> Bool = { $0.position > 0 }

    static let time: [Command] = [
        motion(
            .step, "next", ["Right", "l"], "run the next statement", label: "step", rank: 1,
            applies: isBeforeEnd),
        motion(
            .back, "back", ["Left", "h"], "take the last statement back", label: "back", rank: 2,
            applies: isAfterStart),
        motion(
            .nextOperation, "next-operation", ["n"], "run to the end of the operation",
            label: "operation", rank: 3, applies: isBeforeEnd),
        motion(
            .previousOperation, "previous-operation", ["p"], "back to before the operation",
            label: "operation back", rank: 12, applies: isAfterStart),
        motion(
            .over, "over", ["o"], "run a statement and all that it calls", label: "over call",
            rank: 7, applies: isBeforeEnd),
        motion(
            .overBack, "over-back", ["O"], "back over a call", applies: isAfterStart),
        motion(
            .out, "finish", ["f"], "run until the function has returned", label: "finish function",
            rank: 8, applies: isBeforeEnd),
        motion(
            .outBack, "finish-back", ["F"], "back to the call of the function",
            applies: isAfterStart),
        motion(
            .nextStop, "continue", ["c"], "run to the next finding, or the BUG",
            label: "next finding", rank: 6, applies: isBeforeEnd),
        motion(
            .previousStop, "continue-back", ["C"], "back to the finding before",
            applies: isAfterStart),
        motion(
            .start, "start", ["g", "Home"], "go to the start", label: "start", rank: 14,
            argument: .none, applies: isAfterStart),
        Command(
            "end", ["G", "End"], .time, "go to the end; with a number, to that step",
            argument: .optional("STEP"), label: "end", rank: 13
        ) { text in
            guard let text else { return .go(.end, count: nil) }
            return Int(text).map { .goto($0) }
        },
        Command(
            "goto", [], .time, "go to a step", aliases: ["step"], argument: .required("STEP")
        ) { $0.flatMap { Int($0) }.map { .goto($0) } },
        Command(
            "op", [], .time, "go to the end of an operation, counted from 1",
            aliases: ["operation"], argument: .required("NUMBER")
        ) { $0.flatMap { Int($0) }.map { .gotoOperation($0) } },
        Command(
            "play", ["Space"], .time, "let the story go on by itself, or stop it",
            argument: .optional("STEPS-A-SECOND"), label: "play", rank: 11
        ) { text in
            guard let text else { return .play(speed: nil) }
            return Int(text).flatMap { $0 > 0 ? .play(speed: $0) : nil }
        },
    ]

    static let look: [Command] = [
        Command(
            "down", ["j", "Down"], .look, "down in the pane that has the focus",
            argument: .count
        ) { text in text.map { Int($0) }.map { $0.map { .scroll($0) } } ?? .scroll(1) },
        Command(
            "up", ["k", "Up"], .look, "up in the pane that has the focus", argument: .count
        ) { text in text.map { Int($0) }.map { $0.map { .scroll(-$0) } } ?? .scroll(-1) },
        Command(
            "page-down", ["PageDown", "C-d"], .look, "down by a page"
        ) { _ in .page(1) },
        Command("page-up", ["PageUp", "C-u"], .look, "up by a page") { _ in .page(-1) },
        Command(
            "focus", ["Tab"], .look, "give the next pane the focus", label: "pane", rank: 9
        ) { _ in .focus(1) },
        Command(
            "focus-back", ["S-Tab"], .look, "give the pane before the focus"
        ) { _ in .focus(-1) },
        Command(
            "select", [], .look, "select a file page; without a number, follow the story again",
            aliases: ["page"], argument: .optional("PAGE")
        ) { text in
            guard let text else { return .select(nil) }
            return UInt64(text).map { .select($0) }
        },
        Command(
            "theme", [], .look, "show the screen in other colours", argument: .required("NAME"),
            choices: { _ in Theme.all.map(\.name) }
        ) { $0.map { .theme($0) } },
        Command(
            "ascii", [], .look, "draw with ASCII only, or with all signs",
            argument: .optional("on|off"), choices: { _ in ["on", "off"] }
        ) { onOff($0).map { .ascii($0) } },
        Command(
            "mouse", [], .look, "let the mouse select and scroll, or leave it to the terminal",
            argument: .optional("on|off"), choices: { _ in ["on", "off"] }
        ) { onOff($0).map { .mouse($0) } },
    ]

    static let find: [Command] = [
        Command(
            "search", ["/"], .find, "find a function, a statement, a page number or a finding",
            argument: .optional("TEXT"), label: "find", rank: 10
        ) { $0.map { .find($0) } ?? .searchLine },
        Command(
            "next-match", ["N"], .find, "go to the next place that was searched for",
            applies: { $0.choices.pattern != nil }
        ) { _ in .match(1) },
        Command(
            "previous-match", ["P"], .find, "go to the place before that was searched for",
            applies: { $0.choices.pattern != nil }
        ) { _ in .match(-1) },
    ]

    static let kernels: [Command] = [
        Command(
            "kernel", [], .kernels, "show the same operation on another kernel",
            argument: .required("NAME"),
            choices: { _ in KernelVersion.allCases.map(\.name) }
        ) { $0.flatMap { KernelVersion(rawValue: $0) }.map { .kernel($0) } },
        Command(
            "next-kernel", ["K"], .kernels, "show the same operation on the scenario's next kernel",
            label: "other kernel", rank: 9, applies: { $0.run.scenario.kernels.count > 1 }
        ) { _ in .nextKernel(1) },
    ]

    static let program: [Command] = [
        Command(
            "help", ["?"], .program, "list every command; type to filter", label: "help", rank: 4
        ) { _ in .help },
        Command(
            "command", [":"], .program, "type a command by its name", label: "command", rank: 10
        ) { _ in .commandLine("") },
        Command(
            "escape", ["Esc"], .program, "one level back: close, stop, deselect"
        ) { _ in .escape },
        Command(
            "copy", ["y"], .program, "copy the address of this moment to the clipboard"
        ) { _ in .copyAddress },
        Command(
            "record", [], .program, "write this moment to a file",
            argument: .required("FORMAT FILE")
        ) { text in
            let words = (text ?? "").split(separator: " ", maxSplits: 1).map(String.init)
            return words.count == 2 ? .record(format: words[0], path: words[1]) : nil
        },
        Command("redraw", ["C-l"], .program, "draw the whole screen again") { _ in .redraw },
        Command("suspend", ["C-z"], .program, "stop the program; fg goes on") { _ in .suspend },
        Command(
            "quit", ["q", "C-c"], .program, "leave", aliases: ["exit", "q!"], label: "quit",
            rank: 5
        ) { _ in .quit },
        Command(
            "quit-keep", ["Q"], .program, "leave, and leave the last screen behind"
        ) { _ in .quitLeavingScreen },
    ]

    private static func onOff(_ text: String?) -> Bool? {
        switch text {
        case nil, "on": true
        case "off": false
        default: nil
        }
    }
}
