import Foundation
import Kernel
import Testing

@testable import Scenario

/// What every read must see and every fsync keep, in random runs on all kernels and file systems,
/// against an account that knows nothing of page caches.
@Suite struct AccountTests {
    /// With `LONG_TESTS` 600,000 sequences, else 6,000.
    private static let isLong = ProcessInfo.processInfo.environment["LONG_TESTS"] != nil
    private static let parts = 8
    private static let count = UInt64(isLong ? 75_000 : 750)

    /// What differs is a fault of that kernel that has a name.
    @Test func everyDifferenceIsAKnownFault() async {
        let names = await withTaskGroup(of: Set<String>.self) { group in
            for part in 0..<UInt64(Self.parts) {
                group.addTask { Self.judge(part * Self.count..<(part + 1) * Self.count) }
            }
            return await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        // None of them stands there for nothing.
        if Self.isLong {
            #expect(names.union([Self.rare.name]) == Set(KernelFault.known.map(\.name)))
        }
        #expect(names.count > 4)
    }

    private static let rare = KernelFault.known.first { $0.name.hasPrefix("readahead") }!

    /// One that random runs come to once in a million.
    @Test func readAheadIntoADAXFile() throws {
        let run = AccountRun.Case(
            version: .v4_5, file: .init(size: 2 << 20, fileSystem: .ext2, dax: true),
            operations: [
                .dwrite(first: 513, pages: 2, value: 8),
                .mmap(name: "m", first: 0, pages: 1024, shared: true, aligned: true),
                .load(map: "m", page: 513), .load(map: "m", page: 2, offset: 77),
                .pwrite(offset: 2_105_343, length: 4096, value: 0xE9),
                .readahead(offset: 2_097_664, length: 4096),
                .store(map: "m", page: 513, value: 0xC4),
            ])
        let found = try #require(AccountRun.judge(run))
        #expect(Self.fault(found, run)?.name == Self.rare.name)
        var without = run
        without.operations.remove(at: 5)
        #expect(AccountRun.judge(without) == nil)
    }

    private static func judge(_ seeds: Range<UInt64>) -> Set<String> {
        var names: Set<String> = []
        for seed in seeds {
            let run = AccountRun.Case(seed: seed)
            guard let found = AccountRun.judge(run) else { continue }
            if let fault = fault(found, run) {
                names.insert(fault.name)
                continue
            }
            let small = run.shrunk { smaller in
                guard let other = AccountRun.judge(smaller) else { return false }
                return other.kind == found.kind && fault(other, smaller) == nil
            }
            Issue.record("seed \(seed): \(found.text), from\n\(yaml(small))")
        }
        return names
    }

    private static func fault(
        _ found: AccountRun.Difference, _ run: AccountRun.Case
    ) -> KernelFault? {
        KernelFault.known.first { $0.explains(found, run) }
    }

    /// To be run again with the program.
    private static func yaml(_ run: AccountRun.Case) -> String {
        Scenario(
            name: "account", title: "What the account does not expect", kernels: [run.version],
            file: run.file, steps: run.operations.map { ScenarioStep(.start($0)) }
        ).yaml()
    }
}
