import CTerminal
import Canvas

extension Event {
    /// The event that the C side reports; nil for one that means nothing.
    init?(_ event: rs_event) {
        switch Int(event.kind) {
        case RS_TIMEOUT: self = .timeout
        case RS_END: self = .endOfInput
        case RS_INTERRUPT: self = .key("C-c")
        case RS_RESIZE: self = .resize(Size(Int(event.x), Int(event.y)))
        case RS_MOUSE: self = .mouse(Mouse(event))
        case RS_CHARACTER:
            guard let scalar = Unicode.Scalar(event.scalar) else { return nil }
            self = .key(Key(event, .character(scalar)))
        default:
            guard let code = Key.Code(event.key) else { return nil }
            self = .key(Key(event, code))
        }
    }
}

extension Key {
    fileprivate init(_ event: rs_event, _ code: Code) {
        let modifiers = Int(event.modifiers)
        self.init(
            code, control: modifiers & RS_CONTROL != 0,
            shift: modifiers & RS_SHIFT != 0, alt: modifiers & RS_ALT != 0)
    }
}

extension Key.Code {
    fileprivate init?(_ key: Int32) {
        let named: [Key.Code] = [
            .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .insert, .delete,
            .backspace, .enter, .tab, .escape,
        ]
        let index = Int(key)
        if named.indices.contains(index) {
            self = named[index]
        } else if (0..<24).contains(index - named.count) {
            self = .function(index - named.count + 1)
        } else {
            return nil
        }
    }
}

extension Mouse {
    fileprivate init(_ event: rs_event) {
        let position = Point(Int(event.x), Int(event.y))
        let button = Int(event.button)
        switch Int(event.action) {
        case RS_PRESS: self.init(.press(button), at: position)
        case RS_RELEASE: self.init(.release(button), at: position)
        case RS_DRAG: self.init(.drag(button), at: position)
        case RS_WHEEL_UP: self.init(.wheelUp, at: position)
        default: self.init(.wheelDown, at: position)
        }
    }
}
