import Canvas
import PageCache
import Scenario

/// One moment as a format gets it: the screen, and what is to say about it.
public struct Picture: Sendable {
    public var canvas: Canvas
    /// Of the first kernel, when several stand side by side.
    public var caption: Caption
    /// What the screen shows a part of; of the first kernel, when several stand side by side.
    public var machine: Machine
    /// What the moment is called in the name of a file: `0012-op3`.
    public var name: String

    public init(canvas: Canvas, caption: Caption, machine: Machine, name: String) {
        self.canvas = canvas
        self.caption = caption
        self.machine = machine
        self.name = name
    }
}

/// Draws the screen of one run.
public protocol Screen {
    /// The screen at a position, and the machine that it shows. Positions mostly ascend: a screen
    /// may keep what it needs for the next.
    mutating func show(_ position: Int) -> (canvas: Canvas, machine: Machine)
}

/// The pictures of a scenario's moments, made one at a time: however long a film is, one picture
/// of it is in memory.
public struct Film: Sequence, IteratorProtocol {
    /// One kernel's part of the picture.
    struct Part {
        let run: ScenarioRun
        var screen: any Screen
        let bug: Bug?
    }

    /// The columns between two kernels.
    static let gap = 1

    /// What the whole film is about.
    public let info: Info
    /// The runs that it shows, from the left.
    public var runs: [ScenarioRun] { parts.map(\.run) }
    private var parts: [Part]
    private let moments: Plan
    private var made = 0
    private var lastCaption: Caption?

    /// What is recorded: a word a picture, the only thing here that grows with their number.
    private enum Plan {
        /// Positions of one run. Not places: two positions can be one place (`op1` may take no
        /// step).
        case positions([Int])
        case places([Place])
    }

    /// What is the same in every picture.
    public struct Info: Hashable, Sendable {
        public var scenario: String
        public var title: String
        /// What the scenario says about itself; lines.
        public var about: String
        public var kernels: [String]
        public var size: Size
        /// How many pictures there are.
        public var count: Int

        public init(
            scenario: String, title: String, about: String = "", kernels: [String], size: Size,
            count: Int
        ) {
            self.scenario = scenario
            self.title = title
            self.about = about
            self.kernels = kernels
            self.size = size
            self.count = count
        }

        /// `The zero page that nobody removed (pmd-orphan on v6)`.
        public var heading: String {
            "\(title) (\(scenario) on \(kernels.joined(separator: ", ")))"
        }
    }

    /// A film of a scenario on one kernel, or on several side by side.
    ///
    /// - Parameters:
    ///   - runs: the same scenario, at least once.
    ///   - size: of one kernel's screen.
    ///   - screen: draws one run at that size.
    public init(
        of runs: [ScenarioRun], at chosen: Moments, size: Size,
        screen: (ScenarioRun) -> any Screen
    ) throws(RecordingError) {
        let count: Int
        if runs.count == 1 {
            let positions = try chosen.positions(in: runs[0])
            (moments, count) = (.positions(positions), positions.count)
        } else {
            let places = try chosen.places(in: runs)
            (moments, count) = (.places(places), places.count)
        }
        parts = runs.map { Part(run: $0, screen: screen($0), bug: Caption.bug($0.timeline)) }
        let scenario = runs[0].scenario
        let first = Caption(runs[0], at: 0, bug: nil)
        info = Info(
            scenario: first.scenario, title: first.title,
            about: scenario.about.isEmpty ? "" : first.narration,
            kernels: runs.map(\.version.name),
            size: Size(
                runs.count * size.width + (runs.count - 1) * Film.gap, size.height),
            count: count)
    }

    public mutating func next() -> Picture? {
        guard made < info.count else { return nil }
        defer { made += 1 }
        let positions = positions(made)
        var caption = Caption(
            parts[0].run, at: positions[0], bug: parts[0].bug, after: lastCaption)
        caption.kernel = info.kernels.joined(separator: ", ")
        lastCaption = caption
        let (canvas, machine) = show(positions)
        return Picture(
            canvas: canvas, caption: caption, machine: machine, name: name(made, positions[0]))
    }

    private func positions(_ number: Int) -> [Int] {
        switch moments {
        case .positions(let positions): [positions[number]]
        case .places(let places): runs.map { $0.timeline.position(of: places[number]) }
        }
    }

    private mutating func show(_ positions: [Int]) -> (Canvas, Machine) {
        let first = parts[0].screen.show(positions[0])
        guard parts.count > 1 else { return first }
        var whole = Canvas(size: info.size, glyphs: first.canvas.glyphs)
        whole.draw(first.canvas)
        var x = first.canvas.width
        for number in 1..<parts.count {
            let part = parts[number].screen.show(positions[number]).canvas
            whole.line(from: Point(x, 0), rows: info.size.height)
            whole.draw(part, at: Point(x + Film.gap, 0))
            x += Film.gap + part.width
        }
        return (whole, first.machine)
    }

    /// Sorted by name is sorted by time. Side by side, steps of two kernels are not the same
    /// steps: pictures are numbered.
    private func name(_ number: Int, _ position: Int) -> String {
        let timeline = parts[0].run.timeline
        let last = parts.count == 1 ? timeline.end : info.count
        let digits = String(parts.count == 1 ? position : number + 1)
        let width = Swift.max(4, String(last).count)
        let zeros = String(repeating: "0", count: Swift.max(0, width - digits.count))
        let operation =
            switch moments {
            case .positions: timeline.place(of: position).operation
            case .places(let places): places[number].operation
            }
        return "\(zeros)\(digits)-op\(operation)"
    }
}
