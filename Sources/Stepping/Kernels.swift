import Kernel
import Linux4
import Linux6
import PageCache
import PageTree

extension KernelVersion {
    /// The kernels that share their functions with this one.
    var kernelFamily: KernelFamily { Self.linux6.contains(self) ? .linux6 : .linux4 }
}

extension KernelModel {
    private static let all = Dictionary(
        uniqueKeysWithValues: KernelVersion.known.map { ($0, KernelModel($0, of: $0.kernelFamily)) }
    )
    private static let checking = Dictionary(
        uniqueKeysWithValues: KernelVersion.known.map {
            ($0, KernelModel($0, of: $0.kernelFamily, config: .debugVM))
        })
    private static let recorded = Dictionary(
        uniqueKeysWithValues: KernelVersion.allCases.map {
            ($0, KernelModel($0, of: .linux4, isRecorded: true))
        })

    /// The model of a version; its listings are built once.
    public static func of(
        _ version: KernelVersion, config: KernelConfig = []
    ) -> KernelModel {
        (config.contains(.debugVM) ? checking : all)[version]!
    }

    /// The model of the kernel that the recordings of a version are of.
    public static func recorded(_ version: KernelVersion) -> KernelModel { recorded[version]! }
}

extension Machine {
    /// The machine before the first operation.
    ///
    /// - Parameter tree: there is no file, but a tree alone.
    public static func beginning(
        _ file: FileConfiguration, tree: PageTree.Family?, _ version: KernelVersion
    ) -> Machine {
        var machine = Machine(file: file)
        machine.isBareTree = tree != nil
        version.kernelFamily.begin(&machine, version)
        return machine
    }
}
