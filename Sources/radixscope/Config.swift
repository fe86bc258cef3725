import ArgumentParser
import Interface

/// `radixscope config`: a configuration file to begin with.
struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a configuration file that says what holds without one.",
        discussion: """
            radixscope config > "$(radixscope config --path)" begins one.
            """)

    @Flag(help: "Print where the configuration file is looked for instead.")
    var path = false

    func run() throws {
        guard path else {
            try Output.write(Settings.defaultFile)
            return
        }
        guard let found = Folders.configuration else {
            throw UserError(description: "neither XDG_CONFIG_HOME nor HOME names a folder")
        }
        try Output.line(found)
    }
}

/// `radixscope manual`: the manual page.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the manual page, in roff.",
        discussion: "radixscope manual | man -l - shows it.")

    @Flag(help: "Read no configuration file: the keys are those that hold without one.")
    var noConfig = false

    func run() throws {
        let settings = noConfig ? Settings() : try Settings.load()
        let page = ManualPage.roff(version: Radixscope.version, keys: settings.keys)
        try Output.write(page)
    }
}
