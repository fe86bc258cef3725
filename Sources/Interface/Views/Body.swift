import Canvas

/// The views other than the main one: each has a title, and lines or a drawing.
enum Body {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        switch scene.state.choices.view {
        case .tree: (StyledText(), nil)
        case .map: FileMap.title(scene)
        case .versions: VersionsView.title(scene)
        case .log: LogView.title(scene)
        case .diagram: DiagramView.title(scene)
        case .inspector: InspectorView.title(scene)
        case .changes: ChangesView.title(scene)
        case .stops: StopsView.title(scene)
        }
    }

    /// The lines of a view that is made of lines.
    static func text(_ scene: Scene, _ size: Size) -> PaneText? {
        switch scene.state.choices.view {
        case .tree, .map, .diagram: nil
        case .versions: VersionsView.text(scene, size)
        case .log: LogView.text(scene, size)
        case .inspector: InspectorView.text(scene, size)
        case .changes: ChangesView.text(scene, size)
        case .stops: StopsView.text(scene, size)
        }
    }

    /// Draws a view that is a drawing; false when it is made of lines.
    static func draw(_ canvas: inout Canvas, _ rect: Rect, _ scene: Scene) -> Bool {
        switch scene.state.choices.view {
        case .map: canvas.inside(rect) { FileMap.draw(&$0, scene) }
        case .diagram: canvas.inside(rect) { DiagramView.draw(&$0, scene) }
        default: return false
        }
        return true
    }

    /// The origin of the view's camera after moving it; nil when it cannot be moved.
    static func panned(by steps: Int, _ state: InterfaceState) -> UInt64? {
        let width = state.layout.rect(of: .body)?.width ?? 0
        switch state.choices.view {
        case .map: return FileMap.panned(by: steps, state, width: width)
        case .diagram: return DiagramView.panned(by: steps, state)
        default: return nil
        }
    }
}
