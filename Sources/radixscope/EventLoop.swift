import Canvas
import Foundation
import Interface
import Terminal

/// Shows a state, takes what happens, carries out what the state asks for.
struct EventLoop {
    let driver: any TerminalDriver
    var state: InterfaceState

    /// Runs until the person leaves.
    ///
    /// - Returns: the last screen, if it is to stay behind as text.
    mutating func run() -> Canvas? {
        while true {
            driver.draw(view(state, size: driver.size))
            let event = driver.nextEvent(timeout: state.timeout)
            if event == .endOfInput { return nil }
            for effect in state.handle(event) {
                switch effect {
                case .quit: return nil
                case .quitLeavingScreen: return view(state, size: driver.size)
                case .suspend: driver.suspend()
                case .redraw: driver.invalidate()
                case .copy(let text): driver.copyToClipboard(text)
                case .theme(let theme): driver.theme = theme
                case .mouse(let isOn): driver.setMouse(isOn)
                case .record(_, let path):
                    write(view(state, size: driver.size).text(), to: path)
                case .save(let text, let path): write(text, to: path)
                }
            }
        }
    }

    /// Writes a whole file or none, and says which.
    private mutating func write(_ text: String, to path: String) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            state.report("written to \(path)")
        } catch {
            state.report("not written: \(path): \(error.localizedDescription)")
        }
    }
}
