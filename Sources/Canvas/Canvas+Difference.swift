// What changed between two canvases.

extension Canvas {
    /// Cells next to each other in one row. Never starts or ends in the middle of a wide grapheme.
    public struct Run: Hashable, Sendable {
        public let x: Int
        public let y: Int
        public let width: Int

        public init(x: Int, y: Int, width: Int) {
            self.x = x
            self.y = y
            self.width = width
        }
    }

    /// The runs of this canvas that differ from another, top to bottom, left to right. With
    /// another size every row differs.
    public func differences(from other: Canvas) -> [Run] {
        guard other.size == size else {
            return (0..<size.height).map { Run(x: 0, y: $0, width: size.width) }
        }
        var runs: [Run] = []
        cells.withUnsafeBufferPointer { new in
            other.cells.withUnsafeBufferPointer { old in
                for y in 0..<size.height { Canvas.addRuns(of: y, size.width, new, old, to: &runs) }
            }
        }
        return runs
    }

    private static func addRuns(
        of y: Int, _ width: Int,
        _ new: UnsafeBufferPointer<Cell>, _ old: UnsafeBufferPointer<Cell>, to runs: inout [Run]
    ) {
        let row = y * width
        var x = 0
        while x < width {
            guard new[row + x] != old[row + x] else {
                x += 1
                continue
            }
            // A wide grapheme is drawn whole, also when only its second column differs.
            var start = x
            if new[row + start].isContinuation { start -= 1 }
            while x < width && (new[row + x] != old[row + x] || new[row + x].isContinuation) {
                x += 1
            }
            if x < width && new[row + x - 1].width == 2 { x += 1 }
            runs.append(Run(x: start, y: y, width: x - start))
        }
    }

    /// The cells of a run.
    public func cells(of run: Run) -> ArraySlice<Cell> {
        cells[run.y * size.width + run.x..<run.y * size.width + run.x + run.width]
    }

    /// Copies runs from another canvas of the same size: with `new.differences(from: old)` the
    /// old one becomes the new one.
    public mutating func apply(_ runs: [Run], from other: Canvas) {
        precondition(other.size == size, "canvases of one size")
        for run in runs {
            let start = run.y * size.width + run.x
            cells.replaceSubrange(start..<start + run.width, with: other.cells(of: run))
        }
        cursor = other.cursor
    }

    /// The same picture with a question mark for every grapheme that is not ASCII, for terminals
    /// that can show nothing else.
    public func asciiOnly() -> Canvas {
        var result = self
        for index in result.cells.indices where !result.cells[index].grapheme.isASCII {
            result.cells[index] = Cell(
                Grapheme(base: "?", wide: false), result.cells[index].style)
        }
        for index in result.cells.indices where result.cells[index].isContinuation {
            result.cells[index] = Cell(.space, result.cells[index].style)
        }
        return result
    }
}
