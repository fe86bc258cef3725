import Kernel
import PageCache
import Stepping

/// Executes a timeline's steps again, one at a time, from any of its machines.
enum Replay {
    /// Makes the step that leads from `position` to the next.
    static func advance(_ machine: inout Machine, _ timeline: Timeline, from position: Int) {
        let step = timeline.steps[position]
        guard step.kind == .began else {
            if step.kind != .refused {
                _ = timeline.kernel.step(&machine, task: Int(step.task))
            }
            return
        }
        guard let number = timeline.span(at: position + 1) else { return }
        let directive = timeline.plan[timeline.spans[number].directive]
        while machine.tasks.count <= Int(step.task) {
            machine.tasks.append(PageCache.Task(name: directive.task))
        }
        if let operation = directive.operation {
            // The timeline did the same and was not refused.
            try? timeline.kernel.start(operation, on: &machine, task: Int(step.task))
        }
    }

    typealias Known = (position: Int, machine: Machine)

    /// The machine at `position`, from the last one before it that is known, if that is near.
    static func machine(
        _ timeline: Timeline, at position: Int, from known: [Known]
    ) -> Machine {
        let before = known.filter { $0.position <= position }
        guard let last = before.max(by: { $0.position < $1.position }),
            position - last.position <= 64
        else { return timeline.machine(at: position) }
        var machine = last.machine
        for step in last.position..<position { advance(&machine, timeline, from: step) }
        return machine
    }
}
