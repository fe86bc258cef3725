import Foundation
import Kernel
import PageCache

/// What the caller saw: return value, bytes, faults, signal, BUG; and of several tasks, how far
/// they came.
extension Comparison {
    private var ours: PageCache.Outcome { run.machine.tasks[run.tasks.current].outcome }

    mutating func compareCall() {
        let got = step.got
        if got.hang == true { return compare("hang", "livelock", ours.signal) }
        let bug = run.machine.bug.map { "\($0.file):\($0.line)" }
        let isDead = run.machine.tasks[run.tasks.current].state == .dead
        if got.bug != nil || (bug != nil && isDead) {
            // The recorded series was built on a 4.5 tree: compare the check, not its line.
            return compare("bug", got.bug.map(check), bug.map(check))
        }
        if isDetailed { compareTasks() }
        guard got.stopped != true, got.waiting != true, run.tasks.halt == .ended else { return }
        if got.killed != nil {
            return compare("killed", got.killed, ours.signal == "OOM" ? "SIGKILL" : ours.signal)
        }
        guard let operation = run.tasks.operation else {
            return compare("ret", got.ret.map(String.init), "0")
        }
        switch operation.op {
        case "load", "store": compareAccess(operation)
        case "pread", "dread": compareRead()
        case "stream", "pressure", "drop_caches": break
        case "create", "mmap":
            guard isDetailed else { return }
            compare("ret", recordedResult, ourResult)
            guard operation.op == "create" else { return }
            compare("s_maxbytes", got.sizeLimit.map { "\($0)" }, told(state.sizeLimit()))
        case "reclaim" where isDetailed:
            compare(
                "reclaimed",
                "reclaimed \(got.reclaimed ?? 0) active \(got.active ?? 0) "
                    + "absent \(got.absent ?? 0) kept \(got.kept ?? 0)",
                state.reclaimed(of: run.tasks.current) ?? ModelState.notModelled)
        case "mincore": compareResident()
        default: compare("ret", recordedResult, ourResult)
        }
    }

    private func check(_ location: String) -> String {
        switch location {
        case "fs/inode.c:497", "fs/inode.c:503": "clear_inode: nrpages"
        case "fs/inode.c:498", "fs/inode.c:504": "clear_inode: nrexceptional"
        default: location
        }
    }

    private mutating func compareTasks() {
        let got = step.got
        let ours: String? =
            switch run.tasks.halt {
            case .ended: nil
            case .stopped: "stopped"
            case .waiting: "waiting"
            }
        let recorded =
            got.stopped == true ? "stopped" : got.waiting == true ? "waiting" : nil
        if step.do.task != nil || ours != nil { compare("task", recorded, ours) }
        let finished = (got.finished ?? [:]).map { "\($0.key) \($0.value.ret ?? 0)" }
        guard !finished.isEmpty || !run.tasks.finished.isEmpty else { return }
        compare(
            "finished", finished.sorted().joined(separator: ", "),
            run.tasks.finished.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", "))
    }

    private mutating func compareAccess(_ operation: KernelRecording.Operation) {
        let got = step.got
        compare("signal", got.signal, ours.signal)
        compare("pt_before", step.ptBefore, run.tasks.ptBefore)
        compare("pt_after", step.ptAfter, run.tasks.ptAfter)
        guard got.signal == nil else { return }
        compare("value", got.value.map(String.init), ours.value.map { "\($0)" })
        compare(
            "faults", "\(got.minflt ?? 0) minor, \(got.majflt ?? 0) major",
            "\(ours.minorFaults) minor, \(ours.majorFaults) major")
    }

    private mutating func compareRead() {
        compare("ret", recordedResult, ourResult)
        // Without bytes read the recorded value is what was in the buffer.
        guard ours.code > 0 else { return }
        compare("value", step.got.value.map(String.init), ours.value.map { "\($0)" })
        guard isDetailed else { return }
        compare("data", text(step.got.data ?? []), told(state.data(of: run.tasks.current)))
    }

    private mutating func compareResident() {
        let recorded = (step.got.mincore ?? []).flatMap { $0.index..<$0.index + ($0.pages ?? 1) }
        let ours = state.resident(of: run.tasks.current).map { pages in
            Runs.text(pages.sorted().map { ($0, "") })
        }
        compare("mincore", Runs.text(recorded.map { ($0, "") }), ours ?? ModelState.notModelled)
    }

    /// The first series compares that there was an error, the second also which.
    private var recordedResult: String? {
        step.got.ret.map { code in
            guard code < 0 else { return "\(code)" }
            return isDetailed ? "error: \(step.got.error ?? "")" : "error"
        }
    }

    private var ourResult: String {
        guard ours.code < 0 else { return "\(ours.code)" }
        return isDetailed ? "error: \(String(cString: strerror(Int32(-ours.code))))" : "error"
    }
}
