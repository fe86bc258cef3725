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

    /// The name that files, the command line and the screen use.
    public var name: String { rawValue }

    public static func < (a: Self, b: Self) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}
