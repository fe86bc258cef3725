// Positions and rectangles, in cells. Columns grow to the right, rows downwards, both from 0.

/// A position in cells: column `x`, row `y`. May lie outside of a canvas; drawing there is clipped.
public struct Point: Hashable, Sendable {
    public var x: Int
    public var y: Int

    public init(_ x: Int, _ y: Int) {
        self.x = x
        self.y = y
    }

    public static let zero = Point(0, 0)

    public static func + (left: Point, right: Point) -> Point {
        Point(left.x + right.x, left.y + right.y)
    }
}

/// A size in cells. Never negative: a negative side becomes 0.
public struct Size: Hashable, Sendable, CustomStringConvertible {
    public let width: Int
    public let height: Int

    public init(_ width: Int, _ height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
    }

    /// Columns, the letter x, rows: `120x40`.
    public var description: String { "\(width)x\(height)" }
}

/// A rectangle of cells. Its sides are never negative; an empty one draws nothing.
public struct Rect: Hashable, Sendable {
    public var x: Int
    public var y: Int
    public let width: Int
    public let height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    public init(_ size: Size) {
        self.init(x: 0, y: 0, width: size.width, height: size.height)
    }

    public var size: Size { Size(width, height) }
    public var origin: Point { Point(x, y) }
    /// The first column right of the rectangle.
    public var endX: Int { x + width }
    /// The first row below the rectangle.
    public var endY: Int { y + height }
    public var isEmpty: Bool { width == 0 || height == 0 }

    public func contains(_ point: Point) -> Bool {
        point.x >= x && point.x < endX && point.y >= y && point.y < endY
    }

    /// What both rectangles cover; empty when they do not meet.
    public func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(
            x: left, y: top,
            width: min(endX, other.endX) - left, height: min(endY, other.endY) - top)
    }

    public func moved(by offset: Point) -> Rect {
        Rect(x: x + offset.x, y: y + offset.y, width: width, height: height)
    }

    /// The same rectangle without `amount` columns and rows on every side.
    public func inset(by amount: Int) -> Rect {
        inset(left: amount, top: amount, right: amount, bottom: amount)
    }

    public func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
        Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
    }

    /// A rectangle of at most `size` in the middle of this one.
    public func centred(_ size: Size) -> Rect {
        let w = min(size.width, width)
        let h = min(size.height, height)
        return Rect(x: x + (width - w) / 2, y: y + (height - h) / 2, width: w, height: h)
    }

    /// The row `index` rows below the top, as a rectangle one cell high; empty when outside.
    public func row(_ index: Int) -> Rect {
        Rect(x: x, y: y + index, width: width, height: 1).intersection(self)
    }
}

/// How much of a side one part of a split takes.
public enum Extent: Hashable, Sendable {
    /// So many cells, or what is left when there are fewer.
    case exactly(Int)
    /// This weight of what the exact parts leave over.
    case share(Int)
    /// A share, but not below `minimum` while there is room.
    case atLeast(Int, share: Int)
}

extension Rect {
    /// Splits off the first `count` rows.
    public func top(_ count: Int) -> (part: Rect, rest: Rect) {
        let n = min(max(0, count), height)
        return (
            Rect(x: x, y: y, width: width, height: n),
            Rect(x: x, y: y + n, width: width, height: height - n)
        )
    }

    /// Splits off the last `count` rows.
    public func bottom(_ count: Int) -> (part: Rect, rest: Rect) {
        let (rest, part) = top(height - min(max(0, count), height))
        return (part, rest)
    }

    /// Splits off the first `count` columns.
    public func left(_ count: Int) -> (part: Rect, rest: Rect) {
        let n = min(max(0, count), width)
        return (
            Rect(x: x, y: y, width: n, height: height),
            Rect(x: x + n, y: y, width: width - n, height: height)
        )
    }

    /// Splits off the last `count` columns.
    public func right(_ count: Int) -> (part: Rect, rest: Rect) {
        let (rest, part) = left(width - min(max(0, count), width))
        return (part, rest)
    }

    /// Side by side parts, one an extent, `gap` columns between them. When the room is too small
    /// the last parts become narrow first, down to nothing.
    public func columns(_ extents: [Extent], gap: Int = 0) -> [Rect] {
        var at = x
        return Rect.lengths(extents, of: width, gap: gap).map { length in
            defer { at += length + gap }
            return Rect(x: min(at, endX), y: y, width: length, height: height)
        }
    }

    /// Parts below each other, one an extent, `gap` rows between them.
    public func rows(_ extents: [Extent], gap: Int = 0) -> [Rect] {
        var at = y
        return Rect.lengths(extents, of: height, gap: gap).map { length in
            defer { at += length + gap }
            return Rect(x: x, y: min(at, endY), width: width, height: length)
        }
    }

    /// Whole cells that add up to the room when any part is a share.
    static func lengths(_ extents: [Extent], of total: Int, gap: Int) -> [Int] {
        var free = max(0, total - gap * max(0, extents.count - 1))
        var lengths: [Int] = []
        var weights = 0
        for extent in extents {
            var least = 0
            switch extent {
            case .exactly(let n): least = n
            case .share(let weight): weights += max(0, weight)
            case .atLeast(let n, let weight):
                least = n
                weights += max(0, weight)
            }
            let taken = min(max(0, least), free)
            free -= taken
            lengths.append(taken)
        }
        for (index, extent) in extents.enumerated() {
            switch extent {
            case .exactly: continue
            case .share(let weight), .atLeast(_, let weight):
                guard weight > 0 else { continue }
                let part = free * weight / weights
                lengths[index] += part
                free -= part
                weights -= weight
            }
        }
        return lengths
    }
}
