import Canvas
import Foundation
import Interface
import Recording
import Terminal

/// Shows a state, takes what happens, carries out what the state asks for.
struct EventLoop {
    let driver: any TerminalDriver
    var state: InterfaceState
    /// What is being recorded, the oldest first.
    private(set) var recordings: [BackgroundRecording] = []

    init(driver: any TerminalDriver, state: InterfaceState) {
        self.driver = driver
        self.state = state
    }

    /// Runs until the person leaves.
    ///
    /// - Returns: the last screen, if it is to stay behind as text.
    mutating func run() -> Canvas? {
        while true {
            driver.draw(view(state, size: driver.size))
            let event = nextEvent()
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
                case .record(let scope, let path, let overwrites):
                    record(scope, to: path, overwrites: overwrites)
                case .save(let text, let path, let overwrites):
                    write(text, to: path, overwrites: overwrites)
                }
            }
        }
    }

    /// The next event that is the state's business; until then recordings tell how far they are.
    private mutating func nextEvent() -> Event {
        let patience = state.timeout
        let start = ContinuousClock.now
        while !recordings.isEmpty {
            let left = patience.map { max(.zero, $0 - (ContinuousClock.now - start)) }
            let event = driver.nextEvent(timeout: min(left ?? .seconds(1), .milliseconds(100)))
            if event != .timeout || left == .zero { return event }
            if tell() { driver.draw(view(state, size: driver.size)) }
        }
        let left = patience.map { max(.zero, $0 - (ContinuousClock.now - start)) }
        return driver.nextEvent(timeout: left)
    }

    /// Starts a recording; a short one is done when this returns.
    private mutating func record(_ scope: RecordingScope, to path: String?, overwrites: Bool) {
        let recording = BackgroundRecording(
            scope, path: path, overwrites: overwrites, of: state, size: driver.size,
            theme: driver.theme)
        if let told = recording.wait(seconds: 0.2) {
            state.report(told)
        } else {
            recordings.append(recording)
            _ = tell()
        }
    }

    /// Says how far the oldest recording is; whether there was one.
    private mutating func tell() -> Bool {
        guard let oldest = recordings.first else { return false }
        switch oldest.news {
        case .made(let made, let total):
            state.report("recording \(oldest.path): \(made * 100 / total) %")
        case .done(let told):
            state.report(told)
            recordings.removeFirst()
        }
        return true
    }

    /// Writes a whole file or none, and says which.
    private mutating func write(_ text: String, to word: String, overwrites: Bool) {
        // The screen is no place for it, whatever a - means elsewhere.
        let path =
            word == OutputFile.standardOutput
            ? "./-" : NSString(string: word).expandingTildeInPath
        do {
            let file = try OutputFile(path: path, replaces: overwrites)
            try file.write(text)
            try file.finish()
            state.report("written to \(path)")
        } catch .exists {
            state.report("not written, the file is there already; :save! \(word) writes over it")
        } catch {
            state.report("not written: \(error.description)")
        }
    }
}
