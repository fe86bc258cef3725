import Kernel
import Linux4

extension KernelModel {
    private static let all = Dictionary(
        uniqueKeysWithValues: KernelVersion.allCases.map { ($0, KernelModel($0, of: .linux4)) })
    private static let checking = Dictionary(
        uniqueKeysWithValues: KernelVersion.allCases.map {
            ($0, KernelModel($0, of: .linux4, config: .debugVM))
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
