import Canvas
import Testing

@testable import Interface

@Test func printsScreens() throws {
    var state = try start()
    for keys in ["", "l l l l l", "n n n", "c", "G"] {
        state.press(keys)
        for size in [Size(80, 24), Size(120, 40), Size(200, 60)] {
            print("=== \(keys) \(size)")
            print(view(state, size: size).text())
        }
    }
}
