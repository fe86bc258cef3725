import Canvas
import Testing
@testable import Interface
@Test func scratch() throws {
    var state = try start()
    state.press("4 n")
    for (key, size) in [("F2", Size(120, 40)), ("F2", Size(80, 24)), ("F3", Size(120, 40)), ("F3", Size(80, 24)),
        ("F4", Size(120, 40)), ("F5", Size(120, 40)), ("F5", Size(80, 24)), ("F6", Size(120, 40)), ("F6", Size(80,24)), ("F7", Size(120, 40))] {
        state.handle(.resize(size))
        state.press(key)
        print("=== \(key) \(size)")
        print(view(state, size: size).text())
    }
}
