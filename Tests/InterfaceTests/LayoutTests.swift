import Canvas
import Kernel
import Testing

@testable import Interface

/// Where the panes stand: at every size that a terminal has.
@Suite struct LayoutTests {
    static let widths = Array(stride(from: 40, through: 400, by: 9)) + [400]
    static let heights = Array(12...60) + Array(stride(from: 62, through: 120, by: 3)) + [120]

    @Test(arguments: ViewKind.allCases, [false, true])
    func panesStandBesideEachOtherOnTheScreen(_ view: ViewKind, _ presenting: Bool) throws {
        for width in Self.widths {
            for height in Self.heights {
                let size = Size(width, height)
                let layout = Layout(size: size, view: view, isPresenting: presenting)
                let problem = problem(layout, size, view)
                #expect(problem == nil, "\(size): \(problem ?? "")")
            }
        }
    }

    private func problem(_ layout: Layout, _ size: Size, _ view: ViewKind) -> String? {
        guard layout.form != .tiny else { return "tiny" }
        let panes = layout.panes
        guard Set(panes).count == panes.count else { return "a pane twice" }
        guard panes.contains(view == .tree ? .tree : .body) else { return "no \(view)" }
        let rects =
            panes.compactMap { layout.rect(of: $0) }
            + [layout.title, layout.timeline, layout.keys]
        for (number, rect) in rects.enumerated() {
            guard !rect.isEmpty else { return "\(panes[min(number, panes.count - 1)]) is empty" }
            guard Rect(size).intersection(rect) == rect else { return "\(rect) is outside" }
            for other in rects[(number + 1)...] where !rect.intersection(other).isEmpty {
                return "\(rect) and \(other) overlap"
            }
        }
        return nil
    }

    /// What matters least goes first: a pane that a screen has, a larger one has too.
    @Test func panesGoByRank() throws {
        for width in [40, 80, 111] {
            var before: Set<Pane> = []
            for height in Self.heights {
                let panes = Set(Layout(size: Size(width, height)).panes)
                #expect(before.subtracting(panes).isEmpty, "\(width)x\(height)")
                before = panes
            }
        }
        let smallest = Layout(size: Size(40, 12)).panes
        #expect(smallest == [.tree, .counters, .narration])
        #expect(Set(Layout(size: Size(120, 40)).panes).count == 7)
    }

    /// The rectangles depend on the size and on the view, never on the moment: drawn at each moment
    /// of the story, titles stand in the same rows.
    @Test(arguments: [Size(40, 12), Size(80, 24), Size(112, 28), Size(160, 50), Size(300, 100)])
    func panesStayWhileStepping(_ size: Size) throws {
        var state = try start()
        let layout = Layout(size: size)
        let titles = layout.frames.flatMap(\.sections).filter { $0.title != nil }
        for position in 1...state.timeline.end {
            state.move(to: position)
            let picture = view(state, size: size)
            for section in titles where section.pane != .tree {
                let row = Rect(
                    x: section.rect.x, y: section.title!, width: section.rect.width, height: 1)
                let styles = (row.x..<row.endX).map { picture[$0, row.y].style.role }
                #expect(
                    styles.contains(.border) || styles.contains(.focusedBorder)
                        || styles.contains(.title) || styles.contains(.bug),
                    "\(section.pane) at \(position)")
            }
            #expect(picture[1, 0].style.role == .title)
        }
    }

    @Test func presentersSeeMoreOfLess() throws {
        for size in [Size(80, 24), Size(120, 40), Size(200, 60)] {
            let usual = Layout(size: size)
            let presenting = Layout(size: size, isPresenting: true)
            #expect(!presenting.panes.contains(.mappings))
            #expect(!presenting.panes.contains(.slot))
            #expect(presenting.height(of: .tree) > usual.height(of: .tree))
            #expect(presenting.height(of: .narration) >= usual.height(of: .narration))
        }
    }
}
