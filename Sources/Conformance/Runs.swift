/// Values of consecutive pages as text: "0-13:dirty 14:clean".
enum Runs {
    static func text(_ items: [(index: UInt64, text: String)]) -> String {
        var out: [String] = []
        var first = 0
        for i in items.indices {
            if i + 1 < items.count, items[i + 1].text == items[i].text,
                items[i + 1].index == items[i].index + 1
            {
                continue
            }
            let range =
                first == i ? "\(items[i].index)" : "\(items[first].index)-\(items[i].index)"
            out.append(items[i].text.isEmpty ? range : "\(range):\(items[i].text)")
            first = i + 1
        }
        return out.joined(separator: " ")
    }

    /// - Returns: nil when one text is: the model does not know it.
    @_disfavoredOverload
    static func text(_ items: [(index: UInt64, text: String?)]) -> String? {
        let known = items.compactMap { item in item.text.map { (index: item.index, text: $0) } }
        return known.count < items.count ? nil : text(known)
    }
}
