// Draws what the driver tests look for, and leaves the terminal in every way there is.
// Never part of the product.

import Canvas
import Foundation
import Terminal

func picture(_ size: Size, _ capabilities: Capabilities, _ events: [String]) -> Canvas {
    var canvas = Canvas(size: size, glyphs: capabilities.glyphs)
    let inner = canvas.box(canvas.bounds, title: "probe \(size)", .focusedBorder)
    canvas.inside(inner) { canvas in
        canvas.write("colours \(capabilities.colours) utf8 \(capabilities.utf8)", at: .zero)
        canvas.write("wide 漢字 e\u{301} esc \u{1B}[31m", at: Point(0, 1))
        canvas.put(.orphan, at: Point(0, 2), .orphan)
        canvas.put(.page, at: Point(1, 2), .page)
        canvas.write("selected", at: Point(3, 2), Style(.page, overlay: .selection))
        for (row, event) in events.suffix(max(0, canvas.height - 3)).enumerated() {
            canvas.write(event, at: Point(0, 3 + row))
        }
    }
    return canvas
}

func recurse(_ depth: Int) -> Int {
    depth < 0 ? 0 : 1 + recurse(depth + 1)
}

func run() throws {
    let driver = try CursesDriver()
    var events: [String] = []
    var count = 0
    while true {
        driver.draw(picture(driver.size, driver.capabilities, events))
        let event = driver.nextEvent(timeout: nil)
        count += 1
        switch event {
        case .key("q"), .key("C-c"): return
        case .endOfInput:
            driver.close()
            if let ending = driver.endingSignal {
                signal(ending, SIG_DFL)
                raise(ending)
            }
            exit(3)
        case .key("X"): fatalError("trap on request")
        case .key("A"): abort()
        case .key("O"): print(recurse(0))
        case .key("E"): exit(5)
        case .key("Z"): driver.suspend()
        case .key("m"): driver.setMouse(true)
        case .key("y"): driver.copyToClipboard("copied")
        default: break
        }
        events.append("\(count) \(name(of: event))")
    }
}

func name(of event: Event) -> String {
    switch event {
    case .key(let key): "key \(key)"
    case .mouse(let mouse): "mouse \(mouse.action) \(mouse.position.x),\(mouse.position.y)"
    case .resize(let size): "resize \(size)"
    case .timeout: "timeout"
    case .endOfInput: "end"
    }
}

do {
    try run()
} catch {
    FileHandle.standardError.write(Data("terminal-probe: \(error)\n".utf8))
    exit(2)
}
