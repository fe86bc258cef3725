import ArgumentParser
import Foundation

/// The command line. What each subcommand does stands in a file of its own.
struct Radixscope: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "radixscope",
        abstract: "A debugger you can point at the Linux page cache.",
        discussion: """
            Exit codes: 0 all went well; 1 an expectation or a comparison failed; 2 the command, \
            a file or the terminal was not as needed, and nothing was done.
            """,
        version: version,
        subcommands: [
            Run.self, Sandbox.self, Check.self, List.self, Record.self, Conform.self, Config.self,
            Manual.self,
        ],
        defaultSubcommand: Run.self)

    static let version = "0.1.0"
}

/// Something that the user can put right; its description is one line.
struct UserError: Error, CustomStringConvertible {
    var description: String
}

@main
enum Main {
    /// A check that did not hold.
    static let failure = ExitCode(1)
    /// The command could not be carried out.
    static let misuse: Int32 = 2

    static func main() {
        do {
            var command = try Radixscope.parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            switch Radixscope.exitCode(for: error) {
            case .success:
                // Help and version.
                Radixscope.exit(withError: error)
            default:
                let text =
                    error is UserError ? "\(error)" : Radixscope.message(for: error)
                FileHandle.standardError.write(Data("radixscope: \(text)\n".utf8))
                exit(misuse)
            }
        }
    }
}
