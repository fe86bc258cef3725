import Canvas
import Foundation
import Interface
import Kernel
import PageCache
import Scenario
import Testing

@testable import Recording

/// A lock has the name that its file system gives it, wherever it is told.
@Suite struct LockNameTests {
    /// A fault that stands still with the fault lock, and a truncation that wants it.
    private static func faultAndCut(_ fs: String) -> String {
        """
        scenario: names
        title: T
        kernels: [v4.5]
        file: { size: 64KiB, filesystem: \(fs) }
        steps:
          - mmap: { name: m, pages: 0..15 }
          - load: { map: m, page: 3 }
            task: reader
            until: dax_load_hole
          - truncate: 0
            task: cutter
        """
    }

    private func data(_ run: ScenarioRun, at position: Int) throws -> String {
        var text = ""
        let film = try Film(
            of: [run], at: Moments(parsing: "\(position)"), size: Size(100, 30))
        var writer = JSONWriter(run)
        text += writer.begin(film.info)
        for picture in film { text += writer.add(picture) }
        return text + writer.end()
    }

    private func screen(_ run: ScenarioRun, at position: Int) -> String {
        var state = InterfaceState(run: run, position: position)
        _ = state.handle(.resize(Size(120, 40)))
        return view(state, size: Size(120, 40)).text()
    }

    @Test func readOnXFS() throws {
        let path = Library.root.appendingPathComponent("Tests/Fixtures/findings/xfs-lock-name.yml")
        let run = ScenarioRun(try Scenario.read(path: path.path), on: .v4_5)
        // The first position at which a lock is held.
        let position = try #require(
            (0...run.timeline.end).first {
                !run.timeline.machine(at: $0).locks.holders(of: .ioLock).isEmpty
            })
        let screen = screen(run, at: position)
        let holds = screen.split(separator: "\n").filter { $0.contains("holds §") }
        #expect(holds.count == 1)
        #expect(holds.allSatisfy { $0.contains("IOLOCK (shared)") && !$0.contains("i_mutex") })
        let data = try data(run, at: position)
        #expect(data.contains("\"IOLOCK\""))
        #expect(!data.contains("i_mutex"))
    }

    @Test(arguments: [("ext2", "dax_sem"), ("ext4", "i_mmap_sem"), ("xfs", "MMAPLOCK")])
    func faultLocks(fs: String, name: String) throws {
        let others = ["dax_sem", "i_mmap_sem", "MMAPLOCK", "fault lock"].filter { $0 != name }
        let scenario = try Scenario.parse(Self.faultAndCut(fs), file: "names.yml")
        let run = ScenarioRun(scenario, on: .v4_5)
        let end = run.timeline.end
        let wait = try #require(Audit.wait(ofTask: "cutter", run.timeline.machine(at: end)))
        #expect(wait.text == "cutter waits for \(name), held by reader")
        let screen = screen(run, at: end)
        #expect(screen.contains("waits for \(name)"), "\(screen)")
        let data = try data(run, at: end)
        #expect(data.contains("\"\(name)\""))
        for other in others {
            #expect(!screen.contains(other), "\(other)")
            #expect(!data.contains("\"\(other)\""))
        }
    }
}
