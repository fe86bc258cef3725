/// What a listing rests on: how its statements are known to be those of its kernel.
///
/// Told per function; `docs/kernels.md` has the table and the mails.
public enum Basis: String, CaseIterable, Sendable {
    /// The source of the release, by its lines.
    case source = "source"
    /// Of v6 to v8: 4.5's source, for what the series left alone or was merged as it was posted.
    case laterSource = "as 4.5"
    /// Of v6 to v8: 4.4's source, whose lines the bug report names.
    case earlierSource = "as 4.4"
    /// The text of the posting, or a mail that quotes it.
    case posting = "posting"
    /// Of v6 and v7: put together from the postings before and after, and from what their cover
    /// letters announce.
    case derived = "derived"
    /// No kernel source: user space, and the entry of a system call.
    case model = "model"

    /// What a series kernel has from mails: by function, in v6, v7 and v8.
    static let series: [String: (v6: Basis, v7: Basis, v8: Basis)] = [
        "__dax_pmd_fault": (.posting, .posting, .posting),
        "__dax_fault": (.derived, .derived, .posting),
        "dax_insert_mapping": (.derived, .derived, .posting),
        "dax_radix_entry": (.derived, .derived, .posting),
        "dax_pfn_mkwrite": (.derived, .derived, .posting),
        "dax_writeback_mapping_range": (.derived, .derived, .posting),
        "dax_writeback_one": (.posting, .derived, .posting),
        "filemap_write_and_wait_range": (.derived, .derived, .posting),
    ]

    init(of function: String, file: String, in version: KernelVersion) {
        guard !file.isEmpty else {
            self = .model
            return
        }
        let known = Self.series[function]
        switch version {
        case .v4_4, .v4_4pmd, .v4_5, .v6_1, .v6_12: self = .source
        case _ where file == "fs/inode.c": self = .earlierSource
        case .v6: self = known?.v6 ?? .laterSource
        case .v7: self = known?.v7 ?? .laterSource
        case .v8: self = known?.v8 ?? .laterSource
        }
    }
}

extension KernelVersion {
    /// The kernel is known from mails in part.
    public var isPosting: Bool { self >= .v6 && self <= .v8 }
}
