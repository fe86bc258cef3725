import Canvas
import Kernel
import Scenario
import Stepping

/// The only place where an action means something.
///
/// - Returns: what has to be done outside.
@discardableResult
func reduce(_ state: inout InterfaceState, _ action: Action) -> [Effect] {
    state.forget(before: action)
    switch action {
    case .go, .goto, .gotoOperation, .kernel, .nextKernel, .play, .tick, .scrub:
        state.reduceTime(action)
    case .commandLine, .searchLine, .answerLine, .help, .type, .edit, .recall, .complete, .submit,
        .find,
        .match, .escape:
        return state.reduceText(action)
    case .mark, .bookmark, .nextBookmark, .toggleBreakpoint, .breakpoint, .removeBreakpoint:
        state.reduceStops(action)
    case .perform, .branch, .removeBranch, .save, .compareBranches:
        return state.reduceBranch(action)
    case .why, .answer: state.reduceStudy(action)
    case .suspend: return [.suspend]
    case .redraw: return [.redraw]
    case .quit: return [.quit]
    case .quitLeavingScreen: return [.quitLeavingScreen]
    case .record(let scope, let path, let overwrites):
        return [.record(scope, path: path, overwrites: overwrites)]
    case .copyAddress where state.choices.branch != 0:
        state.choices.message = "a branch has an address when :save FILE has written it: FILE"
    case .copyAddress:
        state.choices.message = "copied: \(state.address)"
        return [.copy("\(state.address)")]
    default: return state.reduceScreen(action)
    }
    return []
}

extension InterfaceState {
    /// A message stands until the next key, a count until the command that it is for.
    fileprivate mutating func forget(before action: Action) {
        switch action {
        case .tick, .resize: break
        case .digit, .escape: choices.message = nil
        default:
            choices.message = nil
            choices.count = nil
        }
    }

    /// The moment's address, which `radixscope run` accepts.
    public var address: Address {
        let isDefault = run.version == run.scenario.defaultKernel
        return Address(
            scenario: run.scenario.name, position: position,
            version: isDefault ? nil : run.version)
    }

    mutating func reduceTime(_ action: Action) {
        if action != .tick, !isPlay(action) {
            choices.isPlaying = false
            choices.playsBack = false
        }
        switch action {
        case .go(let motion, let count): go(motion, count: count)
        case .goto(let position):
            if position > timeline.end || position < 0 {
                choices.message = "the steps go from 0 to \(timeline.end)"
            }
            move(to: position)
        case .gotoOperation(let number):
            guard timeline.spans.indices.contains(number - 1) else {
                choices.message = "the operations go from 1 to \(timeline.spans.count)"
                return
            }
            move(to: timeline.spans[number - 1].end)
        case .kernel(let version): show(version)
        case .nextKernel(let direction):
            let kernels = run.scenario.kernels
            let at = kernels.firstIndex(of: run.version) ?? -1
            show(kernels[(at + direction + kernels.count) % kernels.count])
        case .play(let speed, let direction):
            if let speed { choices.speed = min(speed, 60) }
            let isOther = choices.playsBack != (direction < 0)
            choices.isPlaying = speed != nil || isOther || !choices.isPlaying
            choices.playsBack = choices.isPlaying && direction < 0
            stopPlayingAtTheEnd()
        case .tick:
            move(to: position + (choices.playsBack ? -1 : 1))
            stopPlayingAtTheEnd()
        case .scrub(let twentieths):
            move(to: position + twentieths * max(1, timeline.end / 20))
        default: break
        }
    }

    private mutating func stopPlayingAtTheEnd() {
        guard position == (choices.playsBack ? 0 : timeline.end) else { return }
        choices.isPlaying = false
        choices.playsBack = false
    }

    private func isPlay(_ action: Action) -> Bool {
        if case .play = action { true } else { false }
    }

    private mutating func go(_ motion: Motion, count: Int?) {
        // Nobody waits for more repetitions than there are steps.
        let repetitions = min(max(1, count ?? 1), max(1, timeline.end))
        var target = position
        for _ in 0..<repetitions {
            let next = destination(of: motion, from: target)
            if next == target { break }
            target = next
        }
        move(to: target)
    }

    private func destination(of motion: Motion, from position: Int) -> Int {
        switch motion {
        case .step: min(position + 1, timeline.end)
        case .back: max(position - 1, 0)
        case .over: timeline.stepOver(from: position)
        case .overBack: timeline.stepOverBack(from: position)
        case .out: timeline.stepOut(from: position)
        case .outBack: timeline.stepOutBack(from: position)
        case .nextOperation: timeline.nextOperation(after: position)
        case .previousOperation: timeline.previousOperation(before: position)
        case .nextStop: nextStop(after: position)
        case .previousStop: previousStop(before: position)
        case .start: 0
        case .end: timeline.end
        }
    }

    /// Why the story is not shown on a kernel.
    func refusal(of version: KernelVersion) -> String {
        guard run.scenario.canRun(on: version) else {
            let able = Scenario.kernels(for: run.scenario.tree)
            return "\(version.name) has not what this is about; "
                + "it runs on \(able.map(\.name).joined(separator: ", "))"
        }
        return "it counts statements as \(run.scenario.kernels[0].name) has them; "
            + "\(version.name) has others"
    }

    /// The same place in the story on another kernel: after the same operation, or at the start of
    /// the one that runs.
    private mutating func show(_ version: KernelVersion) {
        guard version != run.version else { return }
        guard run.scenario.isAbout(version) else {
            choices.message = refusal(of: version)
            return
        }
        let other = ScenarioRun(run.scenario, on: version)
        var target = 0
        if let span = moment.span {
            let here = timeline.spans[span]
            if let there = other.timeline.spans.first(where: { $0.directive == here.directive }) {
                target = position == here.end ? there.end : there.start
            } else {
                target = other.timeline.end
            }
        }
        show(other, at: target)
        choices.message = "kernel \(version.name)"
    }
}
