import Kernel
import PageCache

extension KernelFamily {
    /// Linux 6.1 and 6.12. So far lib/xarray.c alone.
    public static let linux6 = KernelFamily(files.flatMap { $0 }) {
        operation, version, _, _ throws(StartError) in
        throw .notModelled(operation.name, version)
    }

    private static let files: [[Function]] = [
        Function.ofXArrayLoad, Function.ofXArrayMarks, Function.ofXArrayCreate,
        Function.ofXArrayStore, Function.ofXArrayDelete, Function.ofXArraySplit,
        Function.ofXArrayFind, Function.ofXArrayFindMarked, Function.ofXArrayNormal,
        Function.ofBareArray,
    ]
}
