import Foundation

/// Compares a text with a file `Goldens/<name>.txt` beside the test's own file.
///
/// A golden that does not exist is recorded, and that fails once: a person has to look at it.
/// `UPDATE_GOLDENS=1` in the environment writes what is there now.
///
/// - Returns: what is wrong, for `#expect(golden(...) == nil)`; nil when nothing is.
public func golden(
    _ actual: String, _ name: String, file: String = #filePath,
    environment: [String: String] = ProcessInfo.processInfo.environment
) -> String? {
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        .appendingPathComponent("Goldens")
    let path = folder.appendingPathComponent(name + ".txt")
    do {
        if let expected = try? String(contentsOf: path, encoding: .utf8) {
            if expected == actual { return nil }
            guard environment["UPDATE_GOLDENS"] == "1" else {
                return difference(expected, actual, path.path)
            }
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let existed = FileManager.default.fileExists(atPath: path.path)
        try actual.write(to: path, atomically: true, encoding: .utf8)
        return existed ? nil : "recorded \(path.path): look at it, then run the test again"
    } catch {
        return "\(path.path): \(error)"
    }
}

private func difference(_ expected: String, _ actual: String, _ path: String) -> String {
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
    var report = "differs from \(path) (UPDATE_GOLDENS=1 accepts it)\n"
    for line in 0..<max(old.count, new.count) {
        let was = line < old.count ? String(old[line]) : "(no line)"
        let now = line < new.count ? String(new[line]) : "(no line)"
        if was != now { report += "line \(line + 1)\n  - \(was)\n  + \(now)\n" }
    }
    return report
}
