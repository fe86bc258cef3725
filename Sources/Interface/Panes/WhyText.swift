import Canvas

/// What led to a finding, as lines.
enum WhyText {
    static func causes(
        _ why: Why, _ selected: Int, _ scene: Scene, _ size: Size
    ) -> PaneText {
        let look = scene.look
        var lines: [StyledText] = []
        var top = 0
        for (number, cause) in why.causes.enumerated() {
            let isSelected = number == selected
            var start = StyledText(isSelected ? look[.current] : " ", .key)
            start.append("\(cause.position)".leftPadded(6) + "  ", Style(.lineNumber))
            start.append(cause.isGuilty ? look[.wrong] + " " : "  ", .warning)
            let style = isSelected ? Style.text.with(.current) : cause.isGuilty ? .title : .text
            let wrapped = StyledText(look.text(cause.text), style)
                .wrapped(to: max(10, size.width - 12))
            if isSelected { top = lines.count }
            for (row, line) in wrapped.enumerated() {
                lines.append((row == 0 ? start : StyledText("           ")) + line)
            }
        }
        let highest = max(0, lines.count - size.height)
        return PaneText(fixed: [], lines, top: min(max(0, top - 1), highest))
    }
}
