import Canvas
import PageCache

/// The program's mappings of the file: what their page tables hold for the page that the screen is
/// about, and what a load would read there.
enum MappingsPane {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        var title = StyledText("page tables", .title)
        if let page = scene.state.subject { title.append(" at page \(page)") }
        return (title, nil)
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        let mappings = scene.machine.vmas.enumerated().filter { number, vma in
            let old = scene.base.vmas
            return vma.isMapped || old.indices.contains(number) && old[number].isMapped
        }
        guard !mappings.isEmpty else {
            return PaneText([StyledText("nothing is mapped", .dim)])
        }
        let width = mappings.map { $0.element.name.count }.max() ?? 0
        return PaneText(mappings.map { line($0.offset, $0.element, width, scene) })
    }

    private static func line(
        _ number: Int, _ vma: VMA, _ width: Int, _ scene: Scene
    ) -> StyledText {
        let look = scene.look
        var line = StyledText(vma.name, .title).padded(to: width + 2)
        guard vma.isMapped else { return line + StyledText("unmapped", Style(.changed)) }
        let pages = "pages " + look.range(vma.first, vma.end - 1)
        line += StyledText(pages, .dim).padded(to: 16)
        guard let page = scene.state.subject else { return line }
        guard vma.contains(page) else {
            return line + StyledText("does not map page \(page)", .dim)
        }
        let now = content(of: page, vma, scene.machine)
        let before =
            scene.base.vmas.indices.contains(number)
            ? content(of: page, scene.base.vmas[number], scene.base) : nil
        line.append(now.text, before?.text == now.text ? now.style : now.style.with(.changed))
        if let value = scene.machine.bytes(of: page, through: vma) {
            line.append(look.dot + "reads ", .dim)
            line.append(look.bytes(value))
        }
        return line
    }

    /// What the page table of a mapping holds for a page.
    static func content(
        of page: UInt64, _ vma: VMA, _ machine: Machine
    ) -> (text: String, style: Style) {
        switch vma.pmd(of: page) {
        case .none: return ("nothing yet", .dim)
        case .hugeZeroPage: return ("the huge zero page, read-only", .zeroPage)
        case .huge(_, let isWritable, _):
            return ("2 MiB of the device, " + access(isWritable), Style(.mappedHuge))
        case .table: break
        }
        guard let pte = vma.ptes[page] else { return ("nothing yet", .dim) }
        let style = Style(pte.isWritable ? .mappedWrite : .mappedRead)
        switch pte.target {
        case .block: return ("a block of the device, " + access(pte.isWritable), style)
        case .copy(let page): return ("a private copy, \(page), " + access(pte.isWritable), style)
        case .page(let mapped):
            let isZero = machine[mapped].isZeroPage
            let name = (isZero ? "zero page " : "page ") + "\(mapped)"
            return (name + ", " + access(pte.isWritable), isZero ? .zeroPage : style)
        }
    }

    private static func access(_ isWritable: Bool) -> String {
        isWritable ? "writable" : "read-only"
    }
}
