import Canvas
import Foundation
import Kernel
import Scenario
import Testing

@testable import Recording

/// Programs of others that judge our files.
enum Outside {
    /// Where `make test-deps` puts what comes from PyPI.
    static let tools = Library.root.path + "/.build/recording-tools/bin"

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    static func path(_ name: String) throws -> String {
        let path = tools + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        if let found = Tool.find(name, in: path) { return found }
        throw Missing(description: "\(name) is missing: run make test-deps")
    }

    static func browser() throws -> String {
        for name in ["chromium", "chromium-browser", "google-chrome"] {
            if let found = try? path(name) { return found }
        }
        return try path("chromium")
    }

    /// A program of ImageMagick: another may have its name.
    static func imageMagick(_ name: String) throws -> String {
        let path = "/usr/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        for folder in path.split(separator: ":") {
            guard let tool = Tool.find(name, in: String(folder)) else { continue }
            let version = (try? Tool.run(tool, ["-version"])).map {
                String(decoding: $0, as: UTF8.self)
            }
            if version?.contains("ImageMagick") ?? false { return tool }
        }
        throw Missing(description: "ImageMagick's \(name) is missing: run make test-deps")
    }

    @discardableResult
    static func run(_ name: String, _ arguments: String...) throws -> String {
        String(decoding: try Tool.run(path(name), arguments), as: UTF8.self)
    }

    /// Runs a script of Tests/Outside, which prints what it has judged or fails.
    static func judge(_ script: String, _ arguments: String...) throws -> String {
        guard FileManager.default.isExecutableFile(atPath: tools + "/python3") else {
            throw Missing(description: "\(tools) is missing: run make test-deps")
        }
        let file = Library.root.path + "/Tests/Outside/\(script).py"
        let said = try Tool.run(tools + "/python3", [file] + arguments)
        return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}

@Suite(.serialized) struct OutsideTests {
    /// A film, and its pictures as texts in a folder.
    private func film(_ moments: String, _ version: KernelVersion, _ scratch: Scratch) throws
        -> Film
    {
        let film = try Library.film(moments, version)
        try Recorder(.text).record([film], to: .folder(scratch.file("texts")))
        return film
    }

    @Test(arguments: CastWriter.Version.allCases, [KernelVersion.v6, .v4_5])
    func terminalsShowThePictureAtEveryMarker(
        _ version: CastWriter.Version, _ kernel: KernelVersion
    ) throws {
        let scratch = try Scratch()
        let film = try film("every-op,60..90", kernel, scratch)
        var recorder = Recorder(.cast, look: Look(.dark))
        recorder.castVersion = version
        try recorder.record([film], to: .file(scratch.file("film.cast")))
        let said = try Outside.judge("cast", scratch.file("film.cast"), scratch.file("texts"))
        #expect(said == "\(film.info.count) markers")
    }

    @Test func aTerminalShowsTheColoursOfAnAnsiPicture() throws {
        let scratch = try Scratch()
        for theme in [Theme.default, .light] {
            let picture = WritersTests.drawing
            var ansi = ANSIWriter(theme: theme, header: false)
            try ansi.add(picture).write(
                toFile: scratch.file("a.ans"), atomically: true, encoding: .utf8)
            try picture.canvas.text().write(
                toFile: scratch.file("a.txt"), atomically: true, encoding: .utf8)
            let cells = try JSONSerialization.data(withJSONObject: looks(picture.canvas, theme))
            try cells.write(to: URL(fileURLWithPath: scratch.file("a.json")))
            let said = try Outside.judge(
                "ansi", scratch.file("a.ans"), scratch.file("a.txt"), scratch.file("a.json"))
            #expect(said == "\(looks(picture.canvas, theme).count) cells")
        }
    }

    /// What pyte calls the look of each cell that shows something.
    private func looks(_ canvas: Canvas, _ theme: Theme) -> [[Any]] {
        func name(_ colour: Colour) -> String {
            colour == .standard ? "default" : "\(colour)".lowercased()
        }
        var looks: [[Any]] = []
        for y in 0..<canvas.size.height {
            for (x, cell) in canvas.row(y).enumerated() where cell.string != " " {
                guard !cell.isContinuation else { continue }
                let paint = theme.paint(for: cell.style)
                let has = paint.attributes.contains
                looks.append([
                    y, x, name(paint.foreground), name(paint.background), has(.bold),
                    has(.underline), has(.reverse),
                ])
            }
        }
        return looks
    }

    @Test(
        arguments: ["pmd-orphan", "pmd-orphan-beside", "pte-upgrade"], [KernelVersion.v6, .v4_5])
    func aRecountOfTheDataFindsTheSame(_ scenario: String, _ kernel: KernelVersion) throws {
        _ = try recount(scenario, kernel)
    }

    /// info->swapped stands beside the two counters of the mapping, and only on tmpfs.
    @Test(arguments: [KernelVersion.v4_4, .v4_5])
    func swapEntriesAreCountedToo(_ kernel: KernelVersion) throws {
        let tmpfs = try recount("swap-entries", kernel)
        #expect(tmpfs.contains(#""swapped":{"counted":0,"recorded":0}"#))
        #expect(tmpfs.contains(#""swapped":{"counted":2,"recorded":2}"#))
        #expect(!(try recount("pte-upgrade", kernel).contains("swapped")))
    }

    /// Records a scenario as data, and has an outsider recount it; the data.
    private func recount(_ scenario: String, _ kernel: KernelVersion) throws -> String {
        let scratch = try Scratch()
        let film = try Film(
            of: [Library.run(scenario, kernel)], at: .everyStep, size: Size(20, 5))
        try Recorder(.json).record([film], to: .file(scratch.file("a.json")))
        let schema = Library.root.path + "/docs/recording.schema.json"
        let said = try Outside.judge("recording", scratch.file("a.json"), schema)
        #expect(said.hasPrefix("\(film.info.count) steps, "))
        return try scratch.text("a.json")
    }

    @Test func thePageShowsEveryStepInABrowser() throws {
        let scratch = try Scratch()
        let film = try film("every-step", .v6, scratch)
        try Recorder(.html).record([film], to: .file(scratch.file("page.html")))
        let said = try Outside.judge(
            "page", Outside.browser(), scratch.file("page.html"), scratch.file("texts"))
        #expect(said == "\(film.info.count) steps, 8 in the handout")
    }

    @Test func svgIsXMLOfTheExactSize() throws {
        let scratch = try Scratch()
        for look in [Look(), Look(.light)] {
            for picture in [WritersTests.drawing] + Array(try Library.film("every-op")) {
                let file = scratch.file("a.svg")
                let document = SVG.document(picture, look: look)
                try document.write(toFile: file, atomically: true, encoding: .utf8)
                #expect(try Outside.run("xmllint", "--noout", "--nonet", file) == "")
                let png = try PNG.picture(svg: document)
                // The header of a PNG has width and height as 32 bits each.
                let sides = [16, 20].map { at in
                    png[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
                }
                let size = SVG.pixels(of: picture.canvas.size)
                #expect(sides == [size.width, size.height])
            }
        }
    }

    @Test(arguments: Hostile.Harm.allCases)
    func hostileTextIsStillWellFormed(_ harm: Hostile.Harm) throws {
        let text = harm.text
        let scratch = try Scratch()
        let film = try Hostile.film(text)
        try Recorder(.svg).record([film], to: .folder(scratch.file("svg")))
        try Recorder(.dot).record([film], to: .folder(scratch.file("dot")))
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.file("svg")) {
            #expect(
                try Outside.run("xmllint", "--noout", "--nonet", scratch.file("svg/" + name)) == "")
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.file("dot")) {
            #expect(try Outside.run("dot", "-Tcanon", scratch.file("dot/" + name)) != "")
        }
        try Recorder(.text).record([film], to: .folder(scratch.file("texts")))
        try Recorder(.cast).record([film], to: .file(scratch.file("film.cast")))
        _ = try Outside.judge("cast", scratch.file("film.cast"), scratch.file("texts"))
        try Recorder(.markdown).record([film], to: .file(scratch.file("film.md")))
        _ = try Outside.judge("markdown", scratch.file("film.md"), scratch.file("texts"))
    }

    @Test(arguments: ["pmd-orphan", "two-orphans"])
    func aReaderOfMarkdownFindsThePicturesAndNothingElse(_ scenario: String) throws {
        let scratch = try Scratch()
        let film = try Film(
            of: [Library.run(scenario)], at: .story, size: Size(80, 24))
        try Recorder(.text).record([film], to: .folder(scratch.file("texts")))
        try Recorder(.markdown).record([film], to: .file(scratch.file("film.md")))
        let said = try Outside.judge("markdown", scratch.file("film.md"), scratch.file("texts"))
        #expect(said == "\(film.info.count) pictures, \(film.info.count + 1) headings")
    }

    @Test func graphvizCountsTheNodesOfTheTree() throws {
        let scratch = try Scratch()
        for picture in try Library.film("every-op") {
            let tree = picture.machine.mapping.pageTree
            let file = scratch.file("a.dot")
            try DOT.graph(of: picture.machine, picture.caption).write(
                toFile: file, atomically: true, encoding: .utf8)
            let plain = try Outside.run("dot", "-Tplain", file).split(separator: "\n")
            let entries = tree.entries().reduce(0) { count, _ in count + 1 }
            // The root, which points at the tree's top, is a node too.
            let count = 1 + tree.nodeCount + entries
            #expect(plain.count { $0.hasPrefix("node ") } == count)
            #expect(plain.count { $0.hasPrefix("edge ") } == count - 1)
        }
    }

    /// Of both programs that can make one.
    @Test(arguments: ["agg", "convert"])
    func aGifHasAPictureAnOperation(_ maker: String) throws {
        let scratch = try Scratch()
        let identify = try Outside.imageMagick("identify")
        // The maker is all that there is.
        let tools = [
            maker: maker == "agg" ? try Outside.path("agg") : try Outside.imageMagick("convert"),
            PNG.program: try Outside.path(PNG.program),
        ]
        for (name, path) in tools {
            try FileManager.default.createSymbolicLink(
                atPath: scratch.file(name), withDestinationPath: path)
        }
        let film = try Library.film("op1,op2,80")
        var made = 0
        let gif = try GIF(look: Look(), path: scratch.path).record(film) { made += 1 }
        #expect(gif.starts(with: Array("GIF89a".utf8)) && made == 3)
        try Data(gif).write(to: URL(fileURLWithPath: scratch.file("film.gif")))
        let frames = String(
            decoding: try Tool.run(
                identify, ["-format", "%T %W %H\n", scratch.file("film.gif")]),
            as: UTF8.self
        ).split(separator: "\n")
        // agg adds what stood on the screen before the film: nothing, for no time.
        #expect(frames.count - (maker == "agg" ? 1 : 0) == 3, "\(frames)")
        #expect(Set(frames.map { $0.split(separator: " ").dropFirst() }).count == 1)
        if maker == "convert" {
            #expect(frames.map { $0.prefix { $0 != " " } } == ["150", "150", "25"])
        }
    }

    @Test func whatIsMissingIsNamed() throws {
        let scratch = try Scratch()
        #expect {
            _ = try PNG.picture(svg: "", path: scratch.path)
        } throws: { error in
            "\(error)".contains("librsvg2-bin") && !"\(error)".contains("\n")
        }
        #expect {
            _ = try GIF(look: Look(), path: scratch.path).record(Library.film("op1")) {}
        } throws: { error in
            "\(error)".contains("agg") && !"\(error)".contains("\n")
        }
        #expect(throws: RecordingError.self) { _ = try PNG.picture(svg: "no picture") }
    }
}
