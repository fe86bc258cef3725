import ArgumentParser
import Conformance
import Foundation
import PageCache

/// `radixscope conform`: the models against recordings of the real code.
struct Conform: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay recordings of the real kernel and say where the model differs first.",
        subcommands: [Tree.self, XArrays.self, Kernels.self])

    /// Replays traces and says how many operations agree.
    static func replay(_ paths: [String], _ trace: (String) throws -> TraceOutcome) throws {
        var operations = 0
        var differences = 0
        let files = try files(paths)
        for file in files {
            do {
                let outcome = try trace(file)
                operations += outcome.operations
                if let difference = outcome.difference {
                    differences += 1
                    try Output.line(plain("\(difference)"))
                }
            } catch let error as Malformed {
                throw UserError(located: plain(error.description))
            }
        }
        try Output.line(
            "\(counted(files.count, "trace")), \(counted(operations, "operation")) without a "
                + "difference, \(counted(differences, "difference"))")
        if differences > 0 { throw Main.failure }
    }

    /// Text out of a recording, without characters that a terminal would obey.
    static func plain(_ text: String) -> String {
        let safe = text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? "?" : String(scalar)
        }
        return safe.joined()
    }

    /// The `.jsonl` files that the words name: files, and everything under folders.
    static func files(_ words: [String]) throws -> [String] {
        var files: [String] = []
        for word in words {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: word, isDirectory: &isDirectory) else {
                throw UserError(description: "\(printableArgument(word)): no such file or folder")
            }
            guard isDirectory.boolValue else {
                files.append(word)
                continue
            }
            let inside = FileManager.default.enumerator(atPath: word)?.compactMap { $0 as? String }
            let found = (inside ?? []).filter { $0.hasSuffix(".jsonl") }.sorted()
            guard !found.isEmpty else {
                throw UserError(description: "\(printableArgument(word)): holds no .jsonl file")
            }
            files += found.map { (word as NSString).appendingPathComponent($0) }
        }
        return files
    }
}

extension Conform {
    /// The radix tree, operation by operation.
    struct Tree: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "radix-tree", abstract: "Replay traces of lib/radix-tree.c.")

        @Argument(help: "Trace files, or folders of them.")
        var paths: [String]

        func run() throws {
            try Conform.replay(paths) { try RadixTreeTrace.replay(contentsOf: $0) }
        }
    }

    /// The XArray, operation by operation, for each kernel that a trace names.
    struct XArrays: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "xarray", abstract: "Replay traces of lib/xarray.c.")

        @Argument(help: "Trace files, or folders of them.")
        var paths: [String]

        func run() throws {
            try Conform.replay(paths) { try XArrayTrace.replay(contentsOf: $0) }
        }
    }

    /// The page cache, operation by operation, kernel by kernel.
    struct Kernels: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "kernel", abstract: "Replay recordings of booted kernels.")

        @Flag(help: "Print states agreed and compared, by kernel, path and operation.")
        var report = false

        @Flag(help: "Print what was compared, field by field, and which fields differ where.")
        var fields = false

        @Argument(help: "Recordings, or folders of them.")
        var paths: [String]

        func run() throws {
            var total = KernelReplay.Outcome()
            for file in try Conform.files(paths) {
                do {
                    let outcome = try KernelReplay.replay(contentsOf: file)
                    for difference in outcome.differences where !fields {
                        try Output.line(Conform.plain("\(difference)"))
                    }
                    total.add(outcome)
                } catch let error as Malformed {
                    throw UserError(located: Conform.plain(error.description))
                }
            }
            if report {
                try show(total.byKernel)
                try show(total.byPath)
                try show(total.byOperation)
            }
            if fields { try showFields(of: total) }
            try Output.line("states that agree: \(total.states.agreed) of \(total.states.compared)")
            if !total.differences.isEmpty { throw Main.failure }
        }

        /// The table of fields, and by sequence those that differ in some state.
        private func showFields(of total: KernelReplay.Outcome) throws {
            try show(total.byField)
            for sequence in total.bySequence.keys.sorted() {
                let differing = total.differingFields(of: sequence)
                let missing = total.notModelled[sequence, default: []].sorted()
                let reason = missing.isEmpty ? "" : " (\(missing.joined(separator: ", ")))"
                let fields = differing.map { $0 == "operation" ? $0 + reason : $0 }
                let text = fields.isEmpty ? "all agree" : fields.joined(separator: ", ")
                try Output.line(Conform.plain("\(sequence): \(text)"))
            }
            try Output.line()
        }

        private func show(_ counts: [String: KernelReplay.Outcome.Count]) throws {
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                try Output.line("\(Conform.plain(name)): \(count.agreed) of \(count.compared)")
            }
            try Output.line()
        }
    }
}
