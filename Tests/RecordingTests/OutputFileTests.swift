import Canvas
import Foundation
import Kernel
import PageCache
import Testing

@testable import Recording

@Suite struct OutputFileTests {
    @Test(arguments: [true, false])
    func whatWasThereStaysUntilTheNewIsWhole(_ unnamed: Bool) throws {
        let scratch = try Scratch()
        try "old".write(toFile: scratch.file("film"), atomically: false, encoding: .utf8)
        do {
            let file = try OutputFile(path: scratch.file("film"), unnamed: unnamed)
            // More than is kept in memory.
            try file.write(String(repeating: "new", count: 100_000))
            #expect(try scratch.text("film") == "old")
        }
        #expect(try scratch.text("film") == "old")
        #expect(scratch.names == ["film"])

        let file = try OutputFile(path: scratch.file("film"), unnamed: unnamed)
        try file.write("new")
        try file.finish()
        #expect(try scratch.text("film") == "new")
        #expect(scratch.names == ["film"])
    }

    @Test(arguments: [true, false])
    func aNewFileIsThereWhenItIsWhole(_ unnamed: Bool) throws {
        let scratch = try Scratch()
        let file = try OutputFile(path: scratch.file("film"), unnamed: unnamed)
        try file.write("half")
        #expect(!FileManager.default.fileExists(atPath: scratch.file("film")))
        try file.finish()
        #expect(try scratch.text("film") == "half")
    }

    @Test func anUnfinishedFileHasNoName() throws {
        let scratch = try Scratch()
        let file = try OutputFile(path: scratch.file("film"))
        try file.write(String(repeating: "x", count: 100_000))
        // A file system without unnamed files has a hidden one here.
        #expect(scratch.names.allSatisfy { $0.hasPrefix(".radixscope-") })
        withExtendedLifetime(file) {}
    }

    /// Asked not to, nothing writes over a file, whether it was there before or came meanwhile.
    @Test(arguments: [true, false])
    func aFileIsNotReplacedUnasked(_ unnamed: Bool) throws {
        let scratch = try Scratch()
        let path = scratch.file("film")
        let file = try OutputFile(path: path, replaces: false, unnamed: unnamed)
        try file.write("new")
        try "old".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: RecordingError.exists("'\(path)'")) { try file.finish() }
        #expect(throws: RecordingError.exists("'\(path)'")) {
            _ = try OutputFile(path: path, replaces: false, unnamed: unnamed)
        }
        #expect(try scratch.text("film") == "old")
        #expect(scratch.names == ["film"])
        let other = try OutputFile(
            path: scratch.file("other"), replaces: false, unnamed: unnamed)
        try other.write("new")
        try other.finish()
        #expect(try scratch.text("other") == "new")
        // A device is no file.
        try OutputFile(path: "/dev/null", replaces: false).finish()
        var recorder = Recorder(.text)
        recorder.replaces = false
        let films = [try Library.film("op1")]
        #expect(throws: RecordingError.self) { try recorder.record(films, to: .file(path)) }
        #expect(try scratch.text("film") == "old")
    }

    @Test func theModeOfTheOldFileStays() throws {
        let scratch = try Scratch()
        try "old".write(toFile: scratch.file("film"), atomically: false, encoding: .utf8)
        chmod(scratch.file("film"), 0o640)
        let file = try OutputFile(path: scratch.file("film"))
        try file.finish()
        var status = stat()
        stat(scratch.file("film"), &status)
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test func aLinkIsFollowed() throws {
        let scratch = try Scratch()
        try "old".write(toFile: scratch.file("film"), atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.file("link"), withDestinationPath: "film")
        let file = try OutputFile(path: scratch.file("link"))
        try file.write("new")
        try file.finish()
        #expect(try scratch.text("film") == "new")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: scratch.file("link"))
                == "film")
    }

    @Test func aDeviceIsWrittenToAndNotReplaced() throws {
        let file = try OutputFile(path: "/dev/null")
        try file.write(String(repeating: "x", count: 100_000))
        try file.finish()
        var status = stat()
        stat("/dev/null", &status)
        #expect(status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func placesThatTakeNoFileAreNamed() throws {
        let scratch = try Scratch()
        try "a file".write(toFile: scratch.file("film"), atomically: false, encoding: .utf8)
        let bad = [
            scratch.path, scratch.file("missing/film"), scratch.file("film/film"),
            scratch.file(String(repeating: "n", count: 300)), "/dev/full",
        ]
        for path in bad {
            #expect {
                let file = try OutputFile(path: path)
                try file.write("x")
                try file.finish()
            } throws: { error in
                let line = "\(error)"
                return line.hasPrefix("'/") && line.contains("': ") && !line.contains("\n")
            }
        }
        #expect(scratch.names == ["film"])
    }
}

@Suite struct RecorderTests {
    @Test func aFolderGetsNamesThatSortByTime() throws {
        let scratch = try Scratch()
        let paths = try Recorder(.svg).record(
            [Library.film("start,op3,op4+2,end")], to: .folder(scratch.file("new/pictures")))
        let timeline = try Library.run().timeline
        let spans = timeline.spans
        let places = [(0, 0), (spans[2].end, 3), (spans[3].start + 2, 4), (timeline.end, 7)]
        let names = places.map { position, operation in
            String(format: "%04d-op\(operation).svg", position)
        }
        #expect(paths == names.map { scratch.file("new/pictures/" + $0) })
        for path in paths { #expect(FileManager.default.fileExists(atPath: path)) }
    }

    @Test func twoScenariosInAFolderDoNotOverwriteEachOther() throws {
        let scratch = try Scratch()
        let films = try ["pmd-orphan", "pte-upgrade"].map {
            try Film(of: [Library.run($0)], at: .end, size: Size(90, 24))
        }
        try Recorder(.text).record(films, to: .folder(scratch.path))
        #expect(scratch.names.count == 2)
        #expect(scratch.names.allSatisfy { $0.hasPrefix("pmd-orphan-") || $0.hasPrefix("pte-") })
        try Recorder(.cast).record(films, to: .folder(scratch.path))
        #expect(
            scratch.names.contains("pmd-orphan.cast") && scratch.names.contains("pte-upgrade.cast"))
    }

    @Test func manyPicturesDoNotFitOneFile() throws {
        let scratch = try Scratch()
        for format in [Format.svg, .png, .dot] {
            #expect(throws: RecordingError.self) {
                try Recorder(format).record(
                    [Library.film("op1,op2")], to: .file(scratch.file("film")))
            }
        }
        #expect(scratch.names.isEmpty)
        try Recorder(.text).record([Library.film("op1,op2")], to: .file(scratch.file("film")))
        let headers = try scratch.text("film").split(separator: "\n").filter { $0.hasPrefix("== ") }
        #expect(headers.count == 2)
    }

    @Test func aPathIsAFolderWhenThereIsOneOrASlashSaysSo() throws {
        let scratch = try Scratch()
        #expect(Recorder.Target(path: scratch.path) == .folder(scratch.path))
        #expect(Recorder.Target(path: "nowhere/") == .folder("nowhere/"))
        #expect(Recorder.Target(path: scratch.file("x.svg")) == .file(scratch.file("x.svg")))
        #expect(Recorder.Target(path: "-") == .file("-"))
    }

    @Test func theNameOfAFileSaysItsFormat() {
        #expect(Format(path: "a.svg") == .svg && Format(path: "b/c.d/A.HTML") == .html)
        #expect(Format(path: "x.ans") == .ansi && Format(path: "x.md") == .markdown)
        #expect(Format(path: "svg") == nil && Format(path: "a.exe") == nil)
    }

    @Test func picturesAreMadeOneByOne() throws {
        final class Count { var made = 0 }
        struct Counting: Screen {
            let count: Count
            mutating func show(_ position: Int) -> (canvas: Canvas, machine: Machine) {
                count.made += 1
                return (Canvas(size: Size(3, 1)), Machine(file: FileConfiguration(size: 4096)))
            }
        }
        let count = Count()
        var film = try Film(of: [Library.run()], at: .everyStep, size: Size(3, 1)) { _ in
            Counting(count: count)
        }
        let positions = try Library.run().timeline.end + 1
        #expect(count.made == 0 && film.info.count == positions)
        for number in 1...5 {
            _ = film.next()
            #expect(count.made == number)
        }
    }

    @Test func twoKernelsStandSideBySide() throws {
        let runs = try [KernelVersion.v6, .v4_5].map { try Library.run("pmd-orphan", $0) }
        let size = Size(90, 24)
        var both = try Film(of: runs, at: Moments(parsing: "op4"), size: size)
        #expect(both.info.size == Size(181, 24) && both.info.kernels == ["v6", "v4.5"])
        let next = both.next()
        let canvas = try #require(next).canvas
        for (number, run) in runs.enumerated() {
            var one = try Film(of: [run], at: Moments(parsing: "op4"), size: size)
            let alone = one.next()!.canvas
            for y in 0..<24 {
                for x in 0..<90 { #expect(canvas[number * 91 + x, y] == alone[x, y]) }
            }
        }
    }
}
