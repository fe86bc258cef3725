import Canvas
import Foundation
import Interface
import Recording
import Synchronization

/// A recording that is made while the person goes on: what `s` and `S` ask for.
final class BackgroundRecording: Sendable {
    /// How far it is.
    enum Progress: Equatable {
        case made(Int, of: Int)
        /// What the person is told in the end.
        case done(String)
    }

    let path: String
    private let progress = Mutex(Progress.made(0, of: 1))
    private let end = DispatchSemaphore(value: 0)

    /// - Parameter path: as the person typed it; nil: a name that no file has yet, in this folder.
    init(
        _ scope: RecordingScope, path word: String?, overwrites: Bool, of state: InterfaceState,
        size: Size, theme: Theme
    ) {
        path = word.map { NSString(string: $0).expandingTildeInPath } ?? Self.newPath(scope, state)
        let thread = Thread { [self] in
            let told: String
            do {
                told = try record(scope, state, size, theme, overwrites: overwrites)
            } catch RecordingError.exists(let name) {
                let command = scope == .moment ? "record" : "record-scenario"
                told = "not recorded, there is a file \(name) already; :\(command)! writes over it"
            } catch let error as RecordingError {
                told = "not recorded: \(error.description)"
            } catch {
                told = "not recorded: \(error.localizedDescription)"
            }
            progress.withLock { $0 = .done(told) }
            end.signal()
        }
        // What pages of text and trees take, with room to spare.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// What there is to say now.
    var news: Progress { progress.withLock { $0 } }

    /// Waits for the end, at most so long; the last word, when it has come to that.
    func wait(seconds: Double? = nil) -> String? {
        if let seconds {
            guard end.wait(timeout: .now() + seconds) == .success else { return nil }
        } else {
            end.wait()
        }
        end.signal()
        guard case .done(let told) = news else { return nil }
        return told
    }

    private func record(
        _ scope: RecordingScope, _ state: InterfaceState, _ size: Size, _ theme: Theme,
        overwrites: Bool
    ) throws -> String {
        let target = Recorder.Target(path: path)
        let usual: Recording.Format = scope == .moment ? .svg : .html
        var format = usual
        if case .file(let name) = target {
            format = try Format(endingOf: name)
        }
        let film = try Film(of: state, scope, as: format, size: size)
        var recorder = Recorder(format, look: Look(theme))
        recorder.replaces = overwrites
        let total = film.info.count
        recorder.progress = { made in
            self.progress.withLock { $0 = .made(made, of: total) }
        }
        let paths = try recorder.record([film], to: target)
        let place = prefix(of: path, columns: 200).text
        return paths.count == 1 && paths[0] == path
            ? "recorded: \(place)" : "recorded: \(paths.count) files in \(place)"
    }

    /// `pmd-orphan-v6-95.svg`, and with `-2` and so on behind while there is such a file.
    private static func newPath(_ scope: RecordingScope, _ state: InterfaceState) -> String {
        let run = "\(state.run.scenario.name)-\(state.run.version.name)"
        let (base, ending) = scope == .moment ? ("\(run)-\(state.position)", "svg") : (run, "html")
        var path = "\(base).\(ending)"
        var number = 2
        while FileManager.default.fileExists(atPath: path) {
            path = "\(base)-\(number).\(ending)"
            number += 1
        }
        return path
    }
}
