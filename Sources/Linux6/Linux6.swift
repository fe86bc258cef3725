import Kernel
import PageCache
import XArray

extension KernelFamily {
    /// Linux 6.1 and 6.12. So far lib/xarray.c alone.
    public static let linux6 = KernelFamily(
        files.flatMap { $0 }, begin: { $0.putArray($1) }, entry: Entry.function)

    private static let files: [[Function]] = [
        Function.ofXArrayLoad, Function.ofXArrayMarks, Function.ofXArrayCreate,
        Function.ofXArrayStore, Function.ofXArrayDelete, Function.ofXArraySplit,
        Function.ofXArrayFind, Function.ofXArrayFindMarked, Function.ofXArrayNormal,
        Function.ofBareArray,
    ]
}

extension Machine {
    /// The file's tree is an empty XArray, as this kernel has it.
    mutating func putArray(_ version: KernelVersion) {
        mapping.xarray = XArray(version: version == .v6_1 ? .linux61 : .linux612)
    }
}

/// Where operations begin.
private enum Entry {
    static func function(
        _ operation: Operation, _ version: KernelVersion, _ locals: inout Locals,
        _ machine: inout Machine
    ) throws(StartError) -> Function {
        guard case .tree(let operation) = operation else {
            throw .notModelled(operation.name, version)
        }
        return function(operation, &locals)
    }

    private static func function(_ operation: TreeOperation, _ locals: inout Locals) -> Function {
        switch operation {
        case .store(let item, let index, let order):
            locals.xas.state = XArray.State(XArray.Index(index), order: order)
            locals.isSync = true
            switch item {
            case .pointer(let number): locals.xas.entry = .entry(.pointer(number))
            case .value(let value): locals.xas.entry = .entry(.value(value))
            }
            return .bareStore
        case .load(let index):
            locals.xas.state = XArray.State(XArray.Index(index))
            return .xaLoad
        case .erase(let index):
            locals.xas.state = XArray.State(XArray.Index(index))
            return .xaErase
        case .mark(let mark, let index):
            locals.xas.state = XArray.State(XArray.Index(index))
            locals.xas.mark = mark
            return .xaSetMark
        case .unmark(let mark, let index):
            locals.xas.state = XArray.State(XArray.Index(index))
            locals.xas.mark = mark
            return .xaClearMark
        case .split(let index, let order):
            locals.xas.state = XArray.State(XArray.Index(index), order: order)
            locals.index = index
            return .bareSplit
        case .find(let range, let mark):
            locals.xas.state = XArray.State(XArray.Index(range.lowerBound))
            locals.end = range.upperBound
            locals.isDirty = mark != nil
            locals.xas.mark = mark ?? .dirty
            return .xaFind
        }
    }
}
