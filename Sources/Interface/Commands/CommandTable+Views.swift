import Canvas

extension Command {
    static let views: [Command] = [
        view(.tree, "F1", "the debugger: tree, counters, statements, story"),
        view(.map, "F2", "the file, page by page", label: "file map", rank: 16),
        view(.versions, "F3", "several kernels side by side", label: "versions", rank: 17),
        view(.log, "F4", "the console and the story, in order", label: "log", rank: 18),
        view(.diagram, "F5", "the tree as a drawing", label: "diagram", rank: 19),
        view(.inspector, "F6", "one page of the file: bits, past, who maps it"),
        view(.changes, "F7", "what is different between the marks A and B"),
        view(.stops, "F8", "breakpoints, bookmarks and marks"),
        Command(
            "view", [], .views, "show a view by its name", argument: .required("NAME"),
            values: .views
        ) { $0.flatMap { ViewKind(rawValue: $0) }.map { .view($0) } },
        Command(
            "next-view", ["v"], .views, "the next view; Esc comes back", label: "view", rank: 15
        ) { _ in .nextView(1) },
        Command("previous-view", ["V"], .views, "the view before") { _ in .nextView(-1) },
        Command("inspect", ["Enter"], .views, "look at the page closely; Esc comes back") { _ in
            .inspect
        },
        Command(
            "next-entry", [".", "]"], .views, "select the next entry of the tree", argument: .count
        ) { number($0, else: 1).map { .entry($0) } },
        Command(
            "previous-entry", [",", "["], .views, "select the entry before", argument: .count
        ) { number($0, else: 1).map { .entry(-$0) } },
        Command(
            "zoom-in", ["+", "="], .views, "enlarge the map or the diagram", label: "zoom",
            rank: 5, when: .hasCamera
        ) { _ in .zoom(1) },
        Command("zoom-out", ["-"], .views, "see more of it", when: .hasCamera) { _ in .zoom(-1) },
        Command(
            "pan-right", ["L", "S-Right"], .views, "move it to the right", argument: .count,
            label: "right", rank: 5, when: .hasCamera
        ) { number($0, else: 1).map { .pan($0) } },
        Command(
            "pan-left", ["H", "S-Left"], .views, "move it to the left", argument: .count,
            label: "left", rank: 5, when: .hasCamera
        ) { number($0, else: 1).map { .pan(-$0) } },
    ]

    private static func view(
        _ kind: ViewKind, _ key: Key, _ summary: String, label: String? = nil, rank: Int = 99
    ) -> Command {
        Command(kind.rawValue, [key], .views, summary, label: label, rank: rank) { _ in
            .view(kind)
        }
    }
}
