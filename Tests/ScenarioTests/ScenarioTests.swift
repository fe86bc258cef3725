import Foundation
import Testing

@testable import Scenario

/// Where the files of these tests are.
enum Fixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.appending(path: "Tests/Fixtures/scenario")

    /// The scenario files of a folder, as paths.
    static func files(_ name: String) -> [String] {
        let path = folder.appending(path: name).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".yml") }.sorted().map { "\(path)/\($0)" }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }
}

/// A scenario around these steps, with enough of a head to be valid.
func story(_ steps: String, kernels: String = "[v6, v4.5]", file: String = "{ size: 4MiB }")
    -> String
{
    "scenario: s\ntitle: T\nkernels: \(kernels)\nfile: \(file)\nsteps:\n"
        + steps.split(separator: "\n").map { "  \($0)\n" }.joined()
}

/// The diagnostics of a text, as lines; empty when it is valid.
func problems(_ text: String) -> [String] {
    do throws(ScenarioError) {
        _ = try Scenario.parse(text, file: "f.yml")
        return []
    } catch {
        return error.diagnostics.map(\.description)
    }
}

@Suite struct BadFiles {
    /// Each file in `bad` has what must be said about it beside it. The first run without writes
    /// that down and fails; UPDATE_GOLDENS=1 writes it again.
    @Test(arguments: Fixtures.files("bad"))
    func hasExactlyTheseDiagnostics(path: String) throws {
        var found = "valid\n"
        do throws(ScenarioError) {
            _ = try Scenario.parse(
                bytes: [UInt8](FileManager.default.contents(atPath: path) ?? Data()),
                file: URL(filePath: path).lastPathComponent)
        } catch {
            found = error.description + "\n"
        }
        let golden = path.replacing(".yml", with: ".expected")
        let update = ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"
        guard !update, let expected = try? Fixtures.text(golden) else {
            try found.write(toFile: golden, atomically: true, encoding: .utf8)
            Issue.record("recorded \(golden)")
            return
        }
        #expect(found == expected)
        #expect(found != "valid\n")
    }

    @Test func thereAreBadFiles() {
        #expect(Fixtures.files("bad").count >= 20)
    }

    @Test func diagnosticsAreInTheOrderOfTheFile() throws {
        for path in Fixtures.files("bad") {
            do throws(ScenarioError) {
                _ = try Scenario.read(path: path)
                Issue.record("\(path) is valid")
            } catch {
                let positions = error.diagnostics.map(\.position)
                #expect(positions == positions.sorted(), "\(path)")
            }
        }
    }
}

@Suite struct GoodFiles {
    @Test(arguments: Fixtures.files("good"))
    func parsesAndRoundTrips(path: String) throws {
        let scenario = try Scenario.read(path: path)
        #expect(scenario.check() == [])
        let again = try Scenario.parse(scenario.yaml(), file: "again")
        #expect(again == scenario)
        #expect(again.yaml() == scenario.yaml())
    }

    @Test func theSketchMeansWhatItSays() throws {
        let path = Fixtures.folder.appending(path: "good/pmd-orphan.yml").path
        let scenario = try Scenario.read(path: path)
        #expect(scenario.name == "pmd-orphan")
        #expect(scenario.defaultKernel == .v6)
        #expect(scenario.file.size == 4 << 20)
        #expect(scenario.file.extents.map(\.state) == [.written, .unwritten])
        #expect(
            scenario.steps.map(\.operation) == [
                .mmap(name: "small", first: 512, pages: 1, shared: true, aligned: false),
                .load(map: "small", page: 512),
                .mmap(name: "huge", first: 0, pages: 1024, shared: true, aligned: true),
                .store(map: "huge", page: 512, value: 0xa5), .fsync, .umount,
            ])
        #expect(scenario.about.hasSuffix("nrpages & nrexceptional are *both* wrong."))
        #expect(scenario.steps[3].ask?.answer == .observable(.nrpages))
        #expect(scenario.steps[1].origin.position == SourcePosition(line: 17, column: 5))
        let entries = scenario.steps[1].conditions(for: .v4_5).map(\.value)
        #expect(
            entries == [
                .nrpages(1), .nrexceptional(0),
                .entries([IndexRun(512...512, ExpectedEntry(.zeroPage))]),
            ])
    }

    @Test func aKernelsOwnConditionsAndTextsComeFirst() throws {
        let path = Fixtures.folder.appending(path: "good/pmd-orphan.yml").path
        let last = try #require(try Scenario.read(path: path).steps.last)
        #expect(
            last.conditions(for: .v6).map(\.value) == [
                .bug("fs/inode.c:497"), .nrexceptional(.max),
            ])
        #expect(last.conditions(for: .v4_4).map(\.value) == [.bug(nil)])
        #expect(last.say.text(for: .v4_4) == "The inode is evicted.")
        #expect(
            last.say.text(for: .v6) == "clear_inode counts what is left:\none page too many.")
        let column = last.expect.last?.conditions.first?.origin.position?.column
        #expect(column == 13)
    }
}
