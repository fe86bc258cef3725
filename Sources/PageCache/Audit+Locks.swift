extension Audit {
    /// Tasks that can never go on, and tasks that sleep where they must not. Unlike the tree, this
    /// can be judged at any moment.
    public static func lockFindings(_ machine: Machine) -> [Finding] {
        var findings: [Finding] = []
        for (number, task) in machine.tasks.enumerated() {
            guard case .waiting(let wait) = task.state else { continue }
            if let circle = circle(from: number, machine) {
                findings.append(Finding(.deadlock, waits: circle))
            }
            if wait.isSleep, machine.locks.writer(of: .tree) == number {
                let holder = holders(wait, machine).first.map { machine.tasks[$0].name }
                let sleeper = TaskWait(task: task.name, wait: wait, holder: holder)
                findings.append(Finding(.atomicSleep, waits: [sleeper]))
            }
        }
        return findings
    }

    /// What a task waits for and who has it; nil while it does not wait.
    public static func wait(ofTask name: String, _ machine: Machine) -> TaskWait? {
        guard let task = machine.tasks.first(where: { $0.name == name }),
            case .waiting(let wait) = task.state
        else { return nil }
        let holder = holders(wait, machine).first.map { machine.tasks[$0].name }
        return TaskWait(task: name, wait: wait, holder: holder)
    }

    /// The tasks that must let go before a wait can end.
    public static func holders(_ wait: Wait, _ machine: Machine) -> [Int] {
        switch wait {
        case .lock(let lock): machine.locks.holders(of: lock)
        case .lockShared(let lock): machine.locks.writer(of: lock).map { [$0] } ?? []
        case .pageLock(let page):
            machine[page].flags.contains(.locked) && machine[page].lockedBy >= 0
                ? [Int(machine[page].lockedBy)] : []
        case .writeback: []
        }
    }

    /// The circle of waits that leads from a task back to it; nil if there is none, or if a task
    /// with a lower number is in it, which reports it.
    private static func circle(from first: Int, _ machine: Machine) -> [TaskWait]? {
        var isSeen: Set<Int> = []

        func search(_ number: Int) -> [TaskWait]? {
            guard case .waiting(let wait) = machine.tasks[number].state,
                isSeen.insert(number).inserted
            else { return nil }
            for holder in holders(wait, machine) where holder >= first {
                let link = TaskWait(
                    task: machine.tasks[number].name, wait: wait,
                    holder: machine.tasks[holder].name)
                if holder == first { return [link] }
                if let rest = search(holder) { return [link] + rest }
            }
            return nil
        }
        return search(first)
    }
}
