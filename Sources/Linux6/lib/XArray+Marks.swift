// lib/xarray.c: xas_set_mark, xas_clear_mark, xas_init_marks; xa_set_mark, xa_clear_mark.
//
// A mark is set and cleared from the slot upwards, one node a statement, as far as it changes
// something above; past the top it is the array's.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArrayMarks: [Function] = [
        .xasSetMark, .xasClearMark, .xasInitMarks, .xaSetMark, .xaClearMark,
    ]

    /// locals.xas.mark.
    static let xasSetMark = Function("xas_set_mark", "lib/xarray.c") { l in
        let level = l.label()
        let array = l.label()
        l.addPlace("X26", 883, 882, head: array)
        l.place(level)
        l.add("X26", 887, 886, "set it on the slot; set already? done") { m in
            let (node, mark) = (m.locals.node!, m.locals.xas.mark)
            let bits = m.xa.marks(mark, of: node)
            let bit: UInt64 = 1 << UInt64(m.locals.offset)
            if bits & bit != 0 { return m.finishXas() }
            m.xa.setMarks(mark, of: node, bits | bit)
            return .next
        }
        l.add("X26", 890, 889, "one level up") { m in m.climbToParent() ? .jump(level) : .next }
        l.place(array)
        l.add("X26", 894, 893, "set the array's") { m in
            let mark = m.locals.xas.mark
            m.xa.setArrayMark(mark, true)
            return m.finishXas()
        }
    }

    /// locals.xas.mark.
    static let xasClearMark = Function("xas_clear_mark", "lib/xarray.c") { l in
        let level = l.label()
        let array = l.label()
        l.addPlace("X27", 912, 911, head: array)
        l.place(level)
        l.add("X27", 916, 915, "clear it on the slot; clear already? done") { m in
            let (node, mark) = (m.locals.node!, m.locals.xas.mark)
            let bits = m.xa.marks(mark, of: node)
            let bit: UInt64 = 1 << UInt64(m.locals.offset)
            if bits & bit == 0 { return m.finishXas() }
            m.xa.setMarks(mark, of: node, bits & ~bit)
            return .next
        }
        l.add("X27", 918, 917, "others in the node have it? done; else one level up") { m in
            guard m.xa.marks(m.locals.xas.mark, of: m.locals.node!) == 0 else {
                return m.finishXas()
            }
            return m.climbToParent() ? .jump(level) : .next
        }
        l.place(array)
        l.add("X27", 926, 925, "it was the last: clear the array's") { m in
            let mark = m.locals.xas.mark
            m.xa.setArrayMark(mark, false)
            return m.finishXas()
        }
    }

    static let xasInitMarks = Function("xas_init_marks", "lib/xarray.c") { l in
        let next = l.label()
        l.add("", 943, 942, "begin with mark 0") { m in
            m.locals.xas.mark = .dirty
            return .next
        }
        l.place(next)
        l.add("X19", 949, 948, "clear the mark (one that tells free slots: set it)") { m in
            let mark = m.locals.xas.mark
            let isFree = mark == .free && m.xa.options.contains(.trackFree)
            return m.callXas(isFree ? .xasSetMark : .xasClearMark) { $0.xas.mark = mark }
        }
        l.add("X19", 952, 951, "the last mark? done; else the next") { m in
            guard let mark = XArray.Mark(rawValue: m.locals.xas.mark.rawValue + 1) else {
                return m.finishXas()
            }
            m.locals.xas.mark = mark
            return .jump(next)
        }
    }

    public static let xaSetMark = Function("xa_set_mark", "lib/xarray.c") { l in
        l.addMarking(
            older: [1988, 1918, 1921, 1922, 1990, 1991],
            newer: [2008, 1938, 1941, 1942, 2010, 2011], "set the mark", .xasSetMark)
    }

    public static let xaClearMark = Function("xa_clear_mark", "lib/xarray.c") { l in
        l.addMarking(
            older: [2006, 1936, 1939, 1940, 2008, 2009],
            newer: [2026, 1956, 1959, 1960, 2028, 2029], "clear the mark", .xasClearMark)
    }
}

extension ListingBuilder {
    /// Where a mark is to change: locals.node and locals.offset, or the array's at the head.
    fileprivate mutating func addPlace(
        _ row: String, _ older: Int, _ newer: Int, head array: Label
    ) {
        add(row, older, newer, "not walked to a place? nothing; else begin there") { m in
            if m.xas.isInvalid { return m.finishXas() }
            m.locals.node = m.xas.node
            m.locals.offset = m.xas.offset
            return m.locals.node == nil ? .jump(array) : .next
        }
    }

    /// A change of locals.xas.mark at an index, with the lock.
    ///
    /// - Parameters:
    ///   - older: the lines of the six statements in 6.1.
    ///   - newer: in 6.12.
    fileprivate mutating func addMarking(
        older: [Int], newer: [Int], _ text: String, _ change: Function
    ) {
        let out = label()
        add("", older[0], newer[0], "take the array's lock") { m in m.lock(.tree) }
        add("", older[1], newer[1], "look the index up") { m in m.callXas(.xasLoad) }
        add("", older[2], newer[2], "is anything there?") { m in
            m.returnedSlot == .empty ? .jump(out) : .next
        }
        add("", older[3], newer[3], text) { m in
            let mark = m.locals.xas.mark
            return m.callXas(change) { $0.xas.mark = mark }
        }
        place(out)
        add("", older[4], newer[4], "let the lock go") { m in m.unlockArray() }
        add("", older[5], newer[5], "return") { m in m.finishXas() }
    }
}

extension Machine {
    /// From locals.node and locals.offset to the parent and the slot there.
    ///
    /// - Returns: false past the top.
    fileprivate mutating func climbToParent() -> Bool {
        let node = locals.node!
        locals.offset = xa.offset(of: node)
        locals.node = xa.parent(of: node)
        return locals.node != nil
    }
}
