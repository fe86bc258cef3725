import Canvas
import Kernel
import PageCache
import Scenario

/// The manual page, from the tables that the program itself obeys.
public enum ManualPage {
    /// The page as man(7) source, with the keys in force.
    public static func roff(version: String, keys: KeyMap = .standard) -> String {
        var page = Roff()
        page.line(".TH RADIXSCOPE 1 \"\" \"radixscope \(version)\" \"User Commands\"")
        page.section("NAME", "radixscope \\- a debugger you can point at the Linux page cache")
        synopsis(&page)
        page.section(
            "DESCRIPTION",
            """
            radixscope shows the radix tree of a file's page cache, its tags and its counters, \
            while page faults, fsyncs and truncations run through a model of the kernel's own \
            functions, one statement at a time, forward and backward, on six kernels from Linux \
            4.4 to 4.5.
            """)
        commands(&page, keys)
        breakpoints(&page)
        operations(&page)
        settings(&page)
        places(&page)
        return page.text
    }

    private static func synopsis(_ page: inout Roff) {
        page.line(".SH SYNOPSIS")
        for (words, rest) in [
            ("radixscope run", "[SCENARIO[@MOMENT[:KERNEL]]] [--kernel K] [--theme NAME] ..."),
            ("radixscope sandbox", "[--size SIZE] [--no-dax] [--tree TREE] [--kernel K]"),
            ("radixscope list", ""), ("radixscope check", "[--kernel K] SCENARIO..."),
            ("radixscope record", "SCENARIO... [--at MOMENTS] [--format FORMAT] [-o FILE]"),
            ("radixscope conform", "radix-tree|kernel PATH..."),
            ("radixscope config", "[--path]"), ("radixscope manual", ""),
        ] {
            page.line(".B \(Roff.escaped(words))")
            if !rest.isEmpty { page.paragraph(rest) }
            page.line(".br")
        }
        page.paragraph("Each of them explains itself with --help.")
    }

    private static func commands(_ page: inout Roff, _ map: KeyMap) {
        page.line(".SH COMMANDS")
        page.paragraph(
            """
            On the screen a command is a key, or its name after a colon; Tab completes. A number \
            before a key repeats it. A line after the colon that begins with an operation of the \
            scenario language runs that operation here, as a branch.
            """)
        for section in Command.Section.allCases {
            page.line(".SS \"\(Roff.escaped(section.rawValue))\"")
            for command in Command.all where command.section == section {
                let keys = map.keys(of: command).map { Roff.escaped($0.description) }
                let names = [":" + command.usage] + command.aliases.map { ":" + $0 }
                page.line(".TP")
                page.line(
                    (keys.map { "\\fB\($0)\\fR" } + names.map(Roff.escaped)).joined(
                        separator: ", "))
                page.paragraph(command.summary.capitalisedSentence)
            }
        }
    }

    private static func breakpoints(_ page: inout Roff) {
        page.line(".SH BREAKPOINTS")
        page.paragraph(
            """
            :break takes a function of the kernel, a statement of one (fs/dax.c:389, or \
            dax_radix_entry:2), index and a page of the file, something that changes, a kind of \
            finding, or a condition such as nrpages != pages && op == "store". c and C run to it \
            in either direction.
            """)
        for (what, words) in [
            ("Changes", Breakpoint.Watched.allCases.map(\.rawValue)),
            ("Findings", ["finding"] + Finding.Kind.allCases.map(\.rawValue)),
            ("Names in conditions", Breakpoint.names),
            ("Signs in conditions", Expression.Operator.allCases.map(\.rawValue) + ["!", "( )"]),
        ] {
            page.line(".TP")
            page.line(".B \(what)")
            page.paragraph(words.joined(separator: "  "))
        }
    }

    private static func operations(_ page: inout Roff) {
        page.section(
            "OPERATIONS",
            Scenario.operationNames.joined(separator: "  ")
                + ". docs/scenario-format.md says what each takes.")
        page.line(".SS \"Typed on the screen\"")
        page.paragraph(
            """
            An operation that is typed runs at this very statement: what is in the middle of one \
            stays there, beside it, and a task called you runs the new one when app is not free. \
            task, until and statements may follow, as in a file:
            """)
        for example in [
            ":store: { map: m, page: 3, value: 7 }",
            ":load: { map: m, page: 3 }, task: reader, until: dax_load_hole",
            ":resume", ":resume: , task: reader, statements: 3", ":power-loss",
        ] {
            page.line(".br")
            page.line(".B \(Roff.escaped(example))")
        }
        page.line(".br")
        page.paragraph(
            """
            The form :do { load: { map: m, page: 3 }, task: reader } means the same. :save FILE \
            writes the branch as a scenario. One that was cut in the middle of an operation counts \
            its statements and therefore names only the kernel that it was cut on.
            """)
    }

    private static func settings(_ page: inout Roff) {
        page.section(
            "CONFIGURATION",
            "Lines of NAME = VALUE; what follows a # is a comment. radixscope config prints a "
                + "file to begin with. Options on the command line come before it.")
        for entry in Settings.entries {
            page.line(".TP")
            page.line("\\fB\(entry.name)\\fR = \(Roff.escaped(entry.get(Settings())))")
            page.paragraph("\(entry.comment.split(separator: "\n").joined(separator: " "))")
            page.paragraph("One of: \(entry.values).")
        }
        page.line(".TP")
        page.line("\\fBkey.KEY\\fR = COMMAND")
        page.paragraph(
            "Gives a key a command, with what the command takes after its name; none takes the "
                + "key's command away. Keys are written x, X, Space, Left, F9, C-x, S-Tab. "
                + "\(KeyMap.fixed.keys.map(\.description).sorted().joined(separator: ", ")) and "
                + "the digits cannot be changed. The keys above are those of the configuration "
                + "that was read.")
    }

    private static func places(_ page: inout Roff) {
        page.line(".SH FILES")
        for (path, text) in [
            ("$XDG_CONFIG_HOME/radixscope/config", "The configuration; ~/.config without it."),
            (
                "$XDG_STATE_HOME/radixscope/",
                "Where each scenario was left; ~/.local/state without it. Files may be deleted."
            ),
        ] {
            page.line(".TP")
            page.line(".I \(Roff.escaped(path))")
            page.paragraph(text)
        }
        page.line(".SH ENVIRONMENT")
        for (name, text) in [
            ("NO_COLOR", "If it is not empty, nothing is coloured."),
            ("COLORS", "How many colours to use at most."),
            ("RADIXSCOPE_SCENARIOS", "The folder of the scenario library."),
            ("LC_ALL, LC_CTYPE, LANG", "Without UTF-8 the screen is drawn in ASCII."),
        ] {
            page.line(".TP")
            page.line(".B \(Roff.escaped(name))")
            page.paragraph(text)
        }
        page.section(
            "EXIT STATUS",
            "0 all went well; 1 an expectation or a comparison failed, or a scenario has no such "
                + "moment; 2 the command, a file or the terminal was not as needed, or what was to "
                + "be said could not be written.")
    }
}

/// Text as man(7) wants it.
private struct Roff {
    private(set) var text = ""

    mutating func line(_ line: String) { text += line + "\n" }

    mutating func paragraph(_ words: String) { line(Self.escaped(words)) }

    mutating func section(_ name: String, _ words: String) {
        line(".SH \"\(name)\"")
        // The dash of a NAME section is markup; everything else is text.
        name == "NAME" ? line(words) : paragraph(words)
    }

    /// The text so that roff prints each of its characters.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "\"": result += "\\(dq"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "`": result += "\\(ga"
            case "\n": result += " "
            default: result.append(character)
            }
        }
        // A point at the beginning of a line would be a request.
        return result.hasPrefix(".") ? "\\&" + result : result
    }
}

extension String {
    fileprivate var capitalisedSentence: String {
        prefix(1).uppercased() + dropFirst() + "."
    }
}
