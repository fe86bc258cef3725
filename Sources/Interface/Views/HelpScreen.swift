import Canvas

/// Every command with its keys, filtered by what is typed. Also a palette: Enter runs the one that
/// is selected.
enum HelpScreen {
    /// The commands that a filter leaves, in the order of the table.
    static func commands(_ filter: String, _ keys: KeyMap) -> [Command] {
        Command.all.filter { $0.matches(filter, keys) }
    }

    private enum Row {
        case section(String)
        case command(Command, number: Int)
        case blank
    }

    static func draw(
        _ canvas: inout Canvas, _ scene: Scene, _ filter: LineEdit, _ selected: Int
    ) {
        let found = commands(filter.text, scene.state.keys)
        let count = "\(found.count) of \(Command.all.count)"
        let inner = canvas.box(
            canvas.bounds, title: StyledText("help", .title), note: StyledText(count, .dim),
            .focusedBorder
        ).inset(left: 1, right: 1)
        canvas.write("filter: ", at: inner.origin, .dim)
        let typed = canvas.write(
            filter.isEmpty ? StyledText("type to filter", .dim) : StyledText(filter.text, .key),
            at: Point(inner.x + 8, inner.y), width: inner.width - 8)
        canvas.placeCursor(at: Point(inner.x + 8 + (filter.isEmpty ? 0 : typed), inner.y))
        let rows = self.rows(found)
        let list = inner.inset(top: 2)
        let at = rows.firstIndex { row in
            if case .command(_, selected) = row { true } else { false }
        }
        let top = min(max(0, (at ?? 0) - list.height / 2), max(0, rows.count - list.height))
        for (y, row) in rows.dropFirst(top).prefix(list.height).enumerated() {
            draw(&canvas, row, list.row(y), selected, scene.state.keys)
        }
        if rows.isEmpty {
            canvas.write("no command matches; Esc clears the filter", at: list.origin, .dim)
        }
        if top + list.height < rows.count {
            canvas.put(.arrowDown, at: Point(list.endX, list.endY - 1), .key)
        }
    }

    private static func rows(_ commands: [Command]) -> [Row] {
        var rows: [Row] = []
        var section: Command.Section?
        for (number, command) in commands.enumerated() {
            if command.section != section {
                if section != nil { rows.append(.blank) }
                section = command.section
                rows.append(.section(command.section.rawValue))
            }
            rows.append(.command(command, number: number))
        }
        return rows
    }

    private static func draw(
        _ canvas: inout Canvas, _ row: Row, _ rect: Rect, _ selected: Int, _ map: KeyMap
    ) {
        switch row {
        case .blank: break
        case .section(let name): canvas.write(name, at: rect.origin, .title)
        case .command(let command, let number):
            let keys = map.keys(of: command).map(\.description).joined(separator: " ")
            let nameColumn = 13
            let textColumn = rect.width >= 90 ? 42 : 36
            canvas.write(keys, at: rect.origin, .key, width: nameColumn)
            // That a number can stand before the key is said once, not in each line.
            var usage = command.usage
            if case .count = command.argument, rect.width < 90 { usage = command.name }
            canvas.write(
                ":" + usage, at: Point(rect.x + nameColumn, rect.y), .dim,
                width: textColumn - nameColumn - 1)
            canvas.write(
                command.summary, at: Point(rect.x + textColumn, rect.y),
                width: rect.width - textColumn)
            if number == selected { canvas.mark(rect, .selection) }
        }
    }
}
