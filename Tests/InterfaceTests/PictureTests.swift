import Canvas
import GoldenSupport
import Kernel
import Testing

@testable import Interface

/// Whole screens, as glyphs and as styles.
@Suite struct PictureTests {
    static let sizes = [Size(80, 24), Size(120, 40), Size(200, 60)]

    @Test(arguments: Place.allCases, sizes)
    func moment(_ place: Place, _ size: Size) throws {
        let state = try start()
        let picture = view(state.at(place.position(in: state)), size: size)
        #expect(golden(picture.dump(), "\(place.rawValue)-\(size)") == nil)
    }

    @Test(arguments: Place.allCases, sizes)
    func momentInASCII(_ place: Place, _ size: Size) throws {
        let state = try start(glyphs: .ascii)
        let picture = view(state.at(place.position(in: state)), size: size)
        #expect(picture == picture.asciiOnly())
        #expect(golden(picture.dump(), "\(place.rawValue)-\(size)-ascii") == nil)
    }

    @Test(arguments: sizes) func presenting(_ size: Size) throws {
        var state = try start()
        state.move(to: Place.leak.position(in: state))
        state.press(": p r e s e n t e r Enter")
        #expect(golden(view(state, size: size).dump(), "presenter-\(size)") == nil)
    }

    @Test(arguments: sizes) func branchesSideBySide(_ size: Size) throws {
        var state = try start()
        state.press("2 n : f s y n c Enter : b r a n c h Space 0 Enter 2 n")
        state.press(": c o m p a r e - b r a n c h e s Space 0 Space 1 Enter")
        #expect(golden(view(state, size: size).dump(), "branches-\(size)") == nil)
        state.press("F8")
        let text = view(state, size: size).text()
        #expect(text.contains("story") && text.contains("branch 1"))
    }

    @Test(arguments: ViewKind.allCases.filter { $0 != .tree }, sizes)
    func views(_ kind: ViewKind, _ size: Size) throws {
        let state = try state(kind, .utf8, size)
        #expect(golden(view(state, size: size).dump(), "\(kind.rawValue)-\(size)") == nil)
    }

    @Test(arguments: ViewKind.allCases.filter { $0 != .tree }, sizes)
    func viewsInASCII(_ kind: ViewKind, _ size: Size) throws {
        let picture = view(try state(kind, .ascii, size), size: size)
        #expect(picture == picture.asciiOnly())
        #expect(golden(picture.dump(), "\(kind.rawValue)-\(size)-ascii") == nil)
    }

    /// The store that leaks the page, in a view.
    func state(_ kind: ViewKind, _ glyphs: Glyphs, _ size: Size) throws -> InterfaceState {
        var state = try start(glyphs: glyphs)
        state.move(to: Place.leak.position(in: state))
        state.handle(.resize(size))
        state.show(kind)
        return state
    }

    @Test(arguments: sizes) func help(_ size: Size) throws {
        var state = try start()
        state.press("?")
        #expect(golden(view(state, size: size).dump(), "help-\(size)") == nil)
    }

    @Test func helpFiltered() throws {
        var state = try start()
        state.press("? b a c k Down")
        #expect(golden(view(state, size: Size(80, 24)).dump(), "help-filtered") == nil)
    }

    @Test func commandLine() throws {
        var state = try start()
        state.press(": k e r n e l")
        state.handle(.key(Key(.character(" "))))
        #expect(golden(view(state, size: Size(80, 24)).dump(), "command-line") == nil)
    }

    @Test(arguments: [Size(60, 18), Size(40, 12), Size(39, 12), Size(20, 5), Size(10, 1)])
    func small(_ size: Size) throws {
        let state = try start()
        let picture = view(state.at(Place.leak.position(in: state)), size: size)
        #expect(golden(picture.dump(), "leak-\(size)") == nil)
    }

    /// Nothing but ASCII reaches a terminal that has nothing else, whatever a scenario says.
    @Test(arguments: KernelVersion.allCases) func asciiIsASCII(_ version: KernelVersion) throws {
        var state = try start(version, glyphs: .ascii)
        for position in stride(from: 0, through: state.timeline.end, by: 3) {
            state.move(to: position)
            let picture = view(state, size: Size(120, 40))
            #expect(picture == picture.asciiOnly(), "position \(position)")
        }
    }

    /// Every size draws, at every moment of the story that differs in its layout.
    @Test func everySize() throws {
        let state = try start()
        for place in Place.allCases {
            let state = state.at(place.position(in: state))
            for width in stride(from: 0, through: 400, by: 37) {
                for height in stride(from: 0, through: 63, by: 3) {
                    #expect(view(state, size: Size(width, height)).size == Size(width, height))
                }
            }
        }
    }

    @Test(arguments: ViewKind.allCases) func everySizeOfEveryView(_ kind: ViewKind) throws {
        for place in Place.allCases {
            var state = try start()
            state.move(to: place.position(in: state))
            state.show(kind)
            for (width, height) in [(40, 12), (41, 13), (60, 20), (79, 23), (113, 29), (300, 100)] {
                let size = Size(width, height)
                state.handle(.resize(size))
                for keys in ["j", "k", "L", "H", "+", "-", "PageDown", "PageUp"] {
                    state.press(keys)
                    #expect(view(state, size: size).size == size)
                }
            }
        }
    }

    /// Panes keep their rectangles while the story goes on: their frames never move.
    @Test func framesStay() throws {
        var state = try start()
        state.move(to: 1)
        let corners: (Canvas) -> [Point] = { canvas in
            let signs = Set([Glyph.topLeft, .bottomRight, .teeRight].map { canvas.glyphs[$0] })
            return (0..<canvas.height).flatMap { y in
                (0..<canvas.width).filter { x in
                    canvas[x, y].style.role == .border && signs.contains(canvas[x, y].string)
                        || canvas[x, y].style.role == .focusedBorder
                            && signs.contains(canvas[x, y].string)
                }.map { Point($0, y) }
            }
        }
        let tree = Layout(size: Size(120, 40)).rect(of: .tree)!
        let outside: (Canvas) -> [Point] = { corners($0).filter { !tree.contains($0) } }
        let first = outside(view(state, size: Size(120, 40)))
        #expect(first.count >= 8)
        for position in 2...state.timeline.end {
            state.move(to: position)
            #expect(outside(view(state, size: Size(120, 40))) == first, "position \(position)")
        }
    }
}
