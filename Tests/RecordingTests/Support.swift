import Canvas
import Foundation
import Kernel
import PageCache
import Scenario
import Testing

@testable import Recording

enum Library {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func run(_ name: String = "pmd-orphan", _ version: KernelVersion = .v6) throws
        -> ScenarioRun
    {
        let file = root.appendingPathComponent("scenarios/\(name).yml")
        return ScenarioRun(try Scenario.read(path: file.path), on: version)
    }

    static func film(
        _ moments: String, _ version: KernelVersion = .v6, size: Size = Size(100, 30)
    ) throws -> Film {
        try Film(of: [run("pmd-orphan", version)], at: Moments(parsing: moments), size: size)
    }
}

extension Library {
    static func picture(_ moment: String) throws -> Picture {
        let pictures = Array(try film(moment))
        return try #require(pictures.first)
    }
}

extension Substring {
    func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}

/// A folder that goes with the test.
final class Scratch {
    let path: String

    init() throws {
        path = try Tool.temporaryFolder()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: file(name), encoding: .utf8)
    }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}

/// Pictures of a drawing, without a scenario.
func picture(_ size: Size, caption: Caption = .plain, _ draw: (inout Canvas) -> Void) -> Picture {
    var canvas = Canvas(size: size)
    draw(&canvas)
    return Picture(
        canvas: canvas, caption: caption,
        machine: Machine(file: FileConfiguration(size: 1 << 20)), name: "0001-op1")
}

extension Caption {
    static let plain = Caption(
        scenario: "drawing", title: "A drawing", kernel: "v6", position: 1, end: 2, operation: 1,
        operationText: "fsync", isOperationEnd: true, label: "a label", narration: "A story.",
        statement: nil, findings: [], bug: nil)
}

extension Film.Info {
    static func plain(_ size: Size, count: Int = 1) -> Film.Info {
        Film.Info(
            scenario: "drawing", title: "A drawing", kernels: ["v6"], size: size, count: count)
    }
}

/// Every text format's whole recording of a film.
func recordings(_ film: Film, look: Look = Look()) -> [Format: String] {
    let writers: [(Format, any FilmWriter)] = [
        (.text, TextWriter(header: true)), (.ansi, ANSIWriter(theme: look.theme, header: true)),
        (.svg, SVGWriter(look: look)), (.html, HTMLWriter(look: look)),
        (.cast, CastWriter(look: look)), (.dot, DOTWriter()), (.json, JSONWriter(film.runs[0])),
        (.markdown, MarkdownWriter()),
    ]
    var texts: [Format: String] = [:]
    for (format, writer) in writers {
        var writer = writer
        texts[format] = writer.record(film, film.info)
    }
    return texts
}
