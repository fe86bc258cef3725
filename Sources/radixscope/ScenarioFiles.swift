import ArgumentParser
import Foundation
import Kernel
import Scenario

/// Where scenarios come from: a path, or the name of one in the library.
enum ScenarioFiles {
    /// The folders in which the library is looked for, first come first: `RADIXSCOPE_SCENARIOS`,
    /// `scenarios` here, then `scenarios` and `share/radixscope/scenarios` beside and above the
    /// program.
    static var library: URL? {
        let environment = ProcessInfo.processInfo.environment["RADIXSCOPE_SCENARIOS"]
        var folders = [environment, "scenarios"].compactMap(\.self).map(URL.init(fileURLWithPath:))
        var above = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        while above.path != "/" {
            above.deleteLastPathComponent()
            folders.append(above.appendingPathComponent("scenarios"))
            folders.append(above.appendingPathComponent("share/radixscope/scenarios"))
        }
        return folders.first { folder in
            FileManager.default.fileExists(
                atPath: folder.appendingPathComponent(seed + ".yml").path)
        }
    }

    /// The scenario that runs when none is named.
    static let seed = "pmd-orphan"

    private static let missingLibrary =
        "the scenario library was not found; run in the project's folder or set "
        + "RADIXSCOPE_SCENARIOS to the folder scenarios/"

    /// The scenario files of the library, by name.
    static func all() throws -> [URL] {
        guard let library else {
            throw UserError(description: missingLibrary)
        }
        let files = try FileManager.default.contentsOfDirectory(
            at: library, includingPropertiesForKeys: nil)
        return files.filter { $0.pathExtension == "yml" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// The file that a word on the command line means.
    static func path(for word: String) -> String {
        if word.contains("/") || FileManager.default.fileExists(atPath: word) { return word }
        if let library {
            let file = library.appendingPathComponent(word + ".yml")
            if FileManager.default.fileExists(atPath: file.path) { return file.path }
        }
        return word
    }

    /// The word that stands for standard input.
    static let standardInput = "-"

    /// Whether reading the scenario uses standard input up.
    static func isStandardInput(_ word: String) -> Bool {
        [standardInput, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].contains(word)
    }

    /// How errors call what a word means.
    static func shownName(_ word: String) -> String {
        word == standardInput ? "<stdin>" : word
    }

    /// The file in which a scenario can be found again; nil: it came through a pipe, or is none.
    static func file(of word: String) -> String? {
        var status = stat()
        let path = path(for: word)
        guard word != standardInput, stat(path, &status) == 0,
            status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        return path
    }

    /// Whether a word names a scenario as it stands.
    static func exists(_ word: String) -> Bool {
        FileManager.default.fileExists(atPath: path(for: word))
    }

    /// Reads a scenario.
    ///
    /// - Throws: `UserError` with a line for each thing that is wrong with it.
    static func read(_ word: String) throws -> Scenario {
        do {
            if word == standardInput {
                return try Scenario.read(descriptor: STDIN_FILENO, file: shownName(word))
            }
            let path = path(for: word)
            if !word.contains("/"), !FileManager.default.fileExists(atPath: path) {
                throw unknown(word)
            }
            return try Scenario.read(path: path)
        } catch let error as ScenarioError {
            throw UserError(located: error.description)
        }
    }

    /// - Throws: `UserError` when the kernel has not what the scenario is about.
    static func require(_ version: KernelVersion, for scenario: Scenario) throws {
        guard !scenario.canRun(on: version) else { return }
        let able = Scenario.kernels(for: scenario.tree)
        throw UserError(
            description: "the kernel \(version.name) has not what \(scenario.name) is about; "
                + "it runs on \(able.map(\.name).joined(separator: ", "))")
    }

    private static func unknown(_ word: String) -> UserError {
        guard let files = try? all() else {
            return UserError(
                description: "no file is called \(printableArgument(word)), and \(missingLibrary)")
        }
        let names = files.map { $0.deletingPathExtension().lastPathComponent }
        let bare = word.hasSuffix(".yml") ? String(word.dropLast(4)) : word
        let near = suggestion(for: bare, among: names).map { "did you mean '\($0)'? " } ?? ""
        return UserError(
            description: "no file and no scenario of the library is called "
                + "\(printableArgument(word)); \(near)`radixscope list` names them")
    }
}

extension KernelVersion: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }
}

/// `--kernel`, in every subcommand that takes one.
struct KernelOption: ParsableArguments {
    @Option(
        name: [.customShort("k"), .customLong("kernel")],
        help: "The kernel: \(KernelVersion.known.map(\.name).joined(separator: ", ")).")
    var name: String?

    /// - Throws: `UserError` for a kernel that is not modelled.
    var version: KernelVersion? {
        get throws {
            guard let name else { return nil }
            if let version = KernelVersion(rawValue: name) { return version }
            throw UserError.unknown("kernel", name, among: KernelVersion.known.map(\.name))
        }
    }
}

/// An argument as a message can show it: quoted, short, without control characters.
func printableArgument(_ text: String) -> String {
    let safe = text.unicodeScalars.prefix(60).map { scalar in
        scalar.properties.generalCategory == .control ? "?" : String(scalar)
    }
    return "'\(safe.joined())'"
}
