/// The closest of `candidates` to what was written, when it is close enough to be a slip.
///
/// Case and the choice between `-` and `_` do not count; beyond that two characters or a third of
/// them may differ, and two neighbours that changed places are one difference. The start of a name
/// is close to it too. Of a name of two characters, every other one is as close as the next.
public func suggestion(for written: String, among candidates: [String]) -> String? {
    guard written.unicodeScalars.count <= 64 else { return nil }
    let key = normalized(written)
    guard !key.isEmpty else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let other = normalized(candidate)
        let isStart = key.count >= 3 && other.starts(with: key)
        let distance = isStart ? 1 : editDistance(key, other)
        let longer = max(key.count, other.count)
        let allowed = longer <= 2 ? 0 : longer == 3 ? 1 : max(2, longer / 3)
        if distance <= allowed, distance < min(key.count, other.count),
            distance < best?.distance ?? .max
        {
            best = (candidate, distance)
        }
    }
    return best?.name
}

/// `did you mean 'x'?`, or the whole list when nothing is close.
func hint(for written: String, among candidates: [String]) -> String {
    if let near = suggestion(for: written, among: candidates) { return "did you mean '\(near)'?" }
    return "expected one of: " + candidates.joined(separator: ", ")
}

private func normalized(_ text: String) -> [Unicode.Scalar] {
    text.lowercased().unicodeScalars.filter { $0 != "-" && $0 != "_" && $0 != " " }
}

/// Insertions, deletions, substitutions, and swaps of neighbours that turn `a` into `b`.
func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i]
        for j in 1...b.count {
            let substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            var least = min(last[j] + 1, row[j - 1] + 1, substituted)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                least = min(least, beforeLast[j - 2] + 1)
            }
            row.append(least)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
