import Kernel
import PageCache

/// A fault of a real kernel: why it does not do what its users are told.
struct KernelFault {
    let name: String
    /// Where it is told, or was mended.
    let source: String
    let explains: @Sendable (AccountRun.Difference, AccountRun.Case) -> Bool

    static let known: [KernelFault] = [
        KernelFault(
            name: "fsync of a DAX file writes nothing back",
            source:
                "4.4 has no dax_writeback_mapping_range; \"dax: add support for fsync/sync\", 4.5"
        ) { found, run in
            found.kind == .lost && run.file.dax && run.version <= .v4_4pmd
        },
        KernelFault(
            name: "syncfs forgets DAX files",
            source: "\"dax: move writeback calls into the filesystems\", 4.5: until then only "
                + "filemap_write_and_wait_range, so fsync and msync, called it"
        ) { found, run in
            found.kind == .lost && run.file.dax && run.version >= .v6
                && run.operations.contains(.syncfs)
        },
        KernelFault(
            name: "dirty DAX entries are thrown away with clean pages",
            source: "clear_exceptional_entry, called for drop_caches and before direct writes; "
                + "\"dax: prevent invalidation of mapped DAX entries\", 4.12"
        ) { found, run in
            // The audit says so too.
            found.kind == .lost && run.file.dax && run.version >= .v6
                && Audit.findings(found.machine)?.contains {
                    $0.kind == .undurable && $0.index == found.page
                } == true
        },
        KernelFault(
            name: "a page is taken for an entry, and the counters are wrong",
            source: "\"kernel BUG at fs/inode.c:497!\", linux-next, January 2016"
        ) { found, run in
            found.kind == .bug && run.version == .v6 && run.file.dax
                && found.machine.bug?.location == "fs/inode.c:497"
        },
        KernelFault(
            name:
                "readahead(2) puts pages into the tree of a DAX file, where entries are looked for",
            source: "recorded: G2-dax, G10. dax_pfn_mkwrite finds a page and gives up"
        ) { found, run in
            found.kind == .ending && run.version >= .v6 && run.file.dax
                && found.text.contains("SIGBUS")
                && run.operations.contains { if case .readahead = $0 { true } else { false } }
        },
        KernelFault(
            name: "XFS moves blocks below the mappings of a DAX file",
            source: "xfs_shift_file_space: invalidate_inode_pages2_range unmaps pages, not entries"
        ) { found, run in
            found.kind == .contents && run.file.dax && run.file.fileSystem == .xfs
                && found.machine.vmas.contains(where: \.isShared)
                && run.operations.contains {
                    switch $0 {
                    case .collapse, .insert: true
                    default: false
                    }
                }
        },
        KernelFault(
            name: "__dax_dbg follows a b_bdev that is NULL",
            source: "\"[PATCH v7 1/9] dax: fix NULL pointer dereference in __dax_dbg()\", 2016"
        ) { found, run in
            found.kind == .bug && run.version == .v6 && run.file.dax
                && found.machine.bug?.function == "__dax_dbg"
        },
        KernelFault(
            name: "a huge page that a fault falls back from is not split: it faults for ever",
            source: "recorded on 4.4 with the PMD option (it depends on BROKEN): A10, A13, D5b; "
                + "later kernels where a page stands at the index. \"fallback:\" of __dax_pmd_fault"
        ) { found, run in
            found.kind == .ending && run.version >= .v4_4pmd && run.file.dax
                && found.text.contains("livelock")
        },
        KernelFault(
            name: "a page that could not be written is clean",
            source: "\"PostgreSQL's fsync() surprise\", lwn.net, 2018: AS_EIO is told once"
        ) { found, run in
            found.isAfterFailedIO && (found.kind == .contents || found.kind == .lost)
                && !run.file.dax
        },
        KernelFault(
            name: "a direct write that failed moves the end of the file",
            source: "dio_complete, fs/direct-io.c: end_io was told the bytes that were asked for; "
                + "\"direct-io: always call ->end_io if non-NULL\", 4.6"
        ) { found, run in
            found.isAfterFailedIO && found.kind == .ending && !run.file.dax
                && run.operations.contains { if case .dwrite = $0 { true } else { false } }
        },
    ]
}
