import PageTree

/// The kernels that can be modelled, oldest first.
///
/// `v4.4` and `v4.5` are releases. `v6`, `v7` and `v8` are three postings of the series "dax: add
/// support for fsync/msync" (Ross Zwisler, January 2016); `v6` as applied to next-20151231 is the
/// kernel of the bug report. `v4.4-pmd` is 4.4 with `CONFIG_FS_DAX_PMD`, which depends on BROKEN
/// there, switched on.
///
/// The underscore is the dot of the release.
public enum KernelVersion: String, CaseIterable, Sendable, Comparable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v4_4 = "v4.4"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v4_4pmd = "v4.4-pmd"
    case v6 = "v6"
    case v7 = "v7"
    case v8 = "v8"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v4_5 = "v4.5"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v6_1 = "v6.1"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v6_12 = "v6.12"

    /// The kernels that run everything a scenario may ask for. Of 6.1 and 6.12 there is the XArray
    /// alone.
    public static let allCases: [KernelVersion] = [.v4_4, .v4_4pmd, .v6, .v7, .v8, .v4_5]

    /// The kernels whose page cache is an XArray, 6.1.192 and 6.12.117.
    public static let linux6: [KernelVersion] = [.v6_1, .v6_12]

    /// The kernels whose page cache is such a tree, the usual one first.
    public static func kernels(with tree: PageTree.Family) -> [KernelVersion] {
        switch tree {
        case .radixTree: [.v4_5, .v4_4]
        case .xarray: linux6.reversed()
        }
    }

    /// Every kernel that has a name.
    public static let known: [KernelVersion] = allCases + linux6

    /// The name that files, the command line and the screen use.
    public var name: String { rawValue }

    public static func < (a: Self, b: Self) -> Bool {
        known.firstIndex(of: a)! < known.firstIndex(of: b)!
    }
}
