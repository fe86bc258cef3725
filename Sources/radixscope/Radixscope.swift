import ArgumentParser
import Foundation
import Scenario

/// The command line. What each subcommand does stands in a file of its own.
struct Radixscope: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "radixscope",
        abstract: "A debugger you can point at the Linux page cache.",
        discussion: """
            Exit codes: 0 all went well; 1 an expectation or a comparison failed, or a scenario \
            has no such moment; 2 the command, a file or the terminal was not as needed, or what \
            was to be said could not be written.
            """,
        version: version,
        subcommands: [
            Run.self, Sandbox.self, Check.self, List.self, Record.self, Conform.self, Config.self,
            Manual.self,
        ],
        defaultSubcommand: Run.self)

    static let version = "0.1.0"
}

/// Something that the user can put right.
struct UserError: Error, CustomStringConvertible {
    /// One line, or several where each names its place.
    var description: String
    /// Whether each line begins with a file's name, a line and a column, as editors read them.
    var isLocated = false

    init(description: String) { self.description = description }

    init(located description: String) {
        (self.description, isLocated) = (description, true)
    }

    /// A word that stands for one of a few, and for none of them.
    static func unknown(_ what: String, _ word: String, among names: [String]) -> UserError {
        let near = suggestion(for: word, among: names).map { "did you mean '\($0)'? " } ?? ""
        return UserError(
            description: "unknown \(what) \(printableArgument(word)); \(near)expected "
                + names.joined(separator: ", "))
    }

    /// As standard error has it.
    var text: String { isLocated ? description : "radixscope: " + description }
}

@main
enum Main {
    /// A check that did not hold.
    static let failure = ExitCode(1)
    /// The command could not be carried out.
    static let misuse = ExitCode(2)
    /// Nobody reads what it says.
    static let unread = misuse

    static func main() {
        Output.occupyStandardDescriptors()
        do {
            try Arguments.check()
            var command = try Radixscope.parseAsRoot()
            try command.run()
        } catch {
            exit(status(of: error))
        }
    }

    /// Says what is wrong, and returns what the program ends with.
    private static func status(of error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case let error as UserError: Output.complain(error.text)
        case _ where Radixscope.exitCode(for: error) == .success:
            // Help and version.
            do {
                try Output.line(Radixscope.fullMessage(for: error))
                return 0
            } catch {
                return status(of: error)
            }
        default: Output.complain("radixscope: " + Radixscope.message(for: error))
        }
        return misuse.rawValue
    }
}

/// The words of the command line.
enum Arguments {
    static func check() throws {
        try checkBytes()
        try checkCommand(Array(CommandLine.arguments.dropFirst()))
    }

    /// A misspelt command would be taken for a scenario, and by `help` for nothing at all.
    private static func checkCommand(_ words: [String]) throws {
        let commands = Radixscope.configuration.subcommands.map { $0._commandName } + ["help"]
        guard let first = words.first, !first.hasPrefix("-") else { return }
        if first == "help" {
            guard words.count > 1, !words[1].hasPrefix("-"), !commands.contains(words[1]) else {
                return
            }
            throw UserError.unknown("command", words[1], among: commands)
        }
        guard !commands.contains(first), !ScenarioFiles.exists(Address(first).scenario),
            let near = suggestion(for: first, among: commands)
        else { return }
        throw UserError(
            description: "no command, file or scenario is called \(printableArgument(first)); did "
                + "you mean 'radixscope \(near)'?")
    }

    /// Looks for words that are not UTF-8. As text they would be other words: a file of such a name
    /// would not be found, or one of another name be made.
    private static func checkBytes() throws {
        for number in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = CommandLine.unsafeArgv[number],
                String(validatingCString: word) == nil
            else { continue }
            throw UserError(
                description: "'\(escaped(word))' is not UTF-8; rename the file, or use it as "
                    + "standard input and write - for it")
        }
    }

    /// Bytes that are not ASCII, and control characters, as `\xff`.
    private static func escaped(_ word: UnsafePointer<CChar>) -> String {
        UnsafeBufferPointer(start: word, count: strlen(word)).map { byte in
            let byte = UInt8(bitPattern: byte)
            return (0x20..<0x7F).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16)
        }.joined()
    }
}
