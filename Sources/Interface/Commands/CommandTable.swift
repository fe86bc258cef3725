import Canvas
import Kernel

extension Command {
    /// Every command, in the order of the help.
    public static let all: [Command] =
        time + study + marks + views + look + showing + find + kernels + program

    static let look: [Command] = [
        Command("down", ["j", "Down"], .look, "down in the pane with the focus", argument: .count) {
            number($0, else: 1).map { .scroll($0) }
        },
        Command("up", ["k", "Up"], .look, "up in the pane with the focus", argument: .count) {
            number($0, else: 1).map { .scroll(-$0) }
        },
        Command("page-down", ["PageDown", "C-d"], .look, "down by a page") { _ in .page(1) },
        Command("page-up", ["PageUp", "C-u"], .look, "up by a page") { _ in .page(-1) },
        Command(
            "focus", ["Tab"], .look, "give the next pane the focus", label: "pane", rank: 9
        ) { _ in .focus(1) },
        Command("focus-back", ["S-Tab"], .look, "give the pane before the focus") { _ in
            .focus(-1)
        },
        Command(
            "select", [], .look, "inspect a file page; without a number, follow the story",
            aliases: ["page"], argument: .optional("PAGE")
        ) { text in
            guard let text else { return .select(nil) }
            return UInt64(text).map { .select($0) }
        },
        Command(
            "theme", [], .look, "show the screen in other colours", argument: .required("NAME"),
            values: .themes
        ) { $0.map { .theme($0) } },
        Command(
            "ascii", [], .look, "draw with ASCII only, or with all signs",
            argument: .optional("on|off"), values: .onOff
        ) { onOff($0).map { .ascii($0) } },
        Command(
            "mouse", [], .look, "take the mouse, or leave it to the terminal",
            argument: .optional("on|off"), values: .onOff
        ) { onOff($0).map { .mouse($0) } },
    ]

    static let showing: [Command] = [
        Command(
            "quiz", [], .study, "tell the story only after the answer",
            argument: .optional("on|off"), values: .onOff
        ) { onOff($0).map { .quiz($0) } },
        Command(
            "presenter", [], .look, "no line of keys, for people who look on",
            argument: .optional("on|off"), values: .onOff
        ) { onOff($0).map { .present($0) } },
    ]

    static let find: [Command] = [
        Command(
            "search", ["/"], .find, "find a function, a statement, a page or a finding",
            argument: .optional("TEXT"), label: "find", rank: 10
        ) { $0.map { .find($0) } ?? .searchLine },
        Command(
            "next-match", ["N"], .find, "go to the next place that was found", when: .searched
        ) { _ in .match(1) },
        Command(
            "previous-match", ["P"], .find, "go to the place before that was found",
            when: .searched
        ) { _ in .match(-1) },
    ]

    static let kernels: [Command] = [
        Command(
            "kernel", [], .kernels, "the same operation on another kernel",
            argument: .required("NAME"), values: .kernels
        ) { $0.flatMap { KernelVersion(rawValue: $0) }.map { .kernel($0) } },
        Command(
            "next-kernel", ["K"], .kernels, "the same operation on the next kernel",
            label: "other kernel", rank: 9, when: .manyKernels
        ) { _ in .nextKernel(1) },
        Command(
            "compare", [], .kernels, "put up to four kernels side by side",
            argument: .required("NAME NAME..."), values: .kernels
        ) { text in
            let names = (text ?? "").split(separator: " ").map(String.init)
            let versions = names.compactMap { KernelVersion(rawValue: $0) }
            guard versions.count == names.count, (1...4).contains(names.count) else { return nil }
            return .compare(versions)
        },
    ]

    static let program: [Command] = [
        Command(
            "help", ["?"], .program, "list every command; type to filter", label: "help", rank: 4
        ) { _ in .help },
        Command(
            "command", [":"], .program, "type a command by its name", label: "command", rank: 10
        ) { _ in .commandLine("") },
        Command("escape", ["Esc"], .program, "one level back: close, stop, follow") { _ in
            .escape
        },
        Command("copy", ["y"], .program, "copy the address of this moment") { _ in .copyAddress },
        Command(
            "record", ["s"], .program, "record this moment: a picture, or as the name says",
            argument: .optional("FILE"), writesFile: true
        ) { .record(.moment, path: $0, overwrites: false) },
        Command(
            "record-scenario", ["S"], .program,
            "record the scenario: a page, or as the name says",
            argument: .optional("FILE"), writesFile: true
        ) { .record(.scenario, path: $0, overwrites: false) },
        Command("redraw", ["C-l"], .program, "draw the whole screen again") { _ in .redraw },
        Command("suspend", ["C-z"], .program, "stop the program; fg goes on") { _ in .suspend },
        Command(
            "quit", ["q", "C-c"], .program, "leave", aliases: ["exit", "q!"], label: "quit",
            rank: 5
        ) { _ in .quit },
        Command("quit-keep", ["Q"], .program, "leave the last screen behind and quit") { _ in
            .quitLeavingScreen
        },
    ]

    /// A number that may be left out; nil when the text is none.
    static func number(_ text: String?, else missing: Int) -> Int? {
        guard let text else { return missing }
        return Int(text)
    }

    private static func onOff(_ text: String?) -> Bool? {
        switch text {
        case nil, "on": true
        case "off": false
        default: nil
        }
    }
}
