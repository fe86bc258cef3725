extension KernelReplay {
    /// What one file, or several, came to.
    public struct Outcome: Sendable {
        public struct Count: Sendable, Equatable {
            public var agreed = 0
            public var compared = 0

            public init(agreed: Int = 0, compared: Int = 0) {
                self.agreed = agreed
                self.compared = compared
            }

            mutating func add(_ agrees: Bool) {
                agreed += agrees ? 1 : 0
                compared += 1
            }

            static func sum(_ a: Count, _ b: Count) -> Count {
                Count(agreed: a.agreed + b.agreed, compared: a.compared + b.compared)
            }
        }

        public var states = Count()
        public var byKernel: [String: Count] = [:]
        public var byOperation: [String: Count] = [:]
        /// By path of docs/kernel/micro-steps.md: the states after operations that ran it.
        public var byPath: [String: Count] = [:]
        /// By field of a state; those of the states that follow an operation which the model does
        /// not know were not compared, but for "operation".
        public var byField: [String: Count] = [:]
        /// The same for each recording, by the sequence's name.
        public var bySequence: [String: [String: Count]] = [:]
        /// What the model has no operation for, by the sequence's name.
        public var notModelled: [String: Set<String>] = [:]
        /// The first difference of each run of one kernel on one file system: the later ones may
        /// only follow from it, but count as states that do not agree.
        public var differences: [Difference] = []

        public init() {}

        mutating func count(
            _ step: KernelRecording.Step, of sequence: String, _ paths: Set<Path>,
            _ fields: [ComparedField]
        ) {
            let agrees = fields.allSatisfy(\.agrees)
            states.add(agrees)
            byKernel[step.kernel, default: Count()].add(agrees)
            byOperation[step.do.op, default: Count()].add(agrees)
            for path in paths { byPath[path.description, default: Count()].add(agrees) }
            for field in fields {
                byField[field.name, default: Count()].add(field.agrees)
                bySequence[sequence, default: [:]][field.name, default: Count()]
                    .add(field.agrees)
            }
        }

        public mutating func add(_ other: Outcome) {
            states = Count.sum(states, other.states)
            byKernel.merge(other.byKernel, uniquingKeysWith: Count.sum)
            byOperation.merge(other.byOperation, uniquingKeysWith: Count.sum)
            byPath.merge(other.byPath, uniquingKeysWith: Count.sum)
            byField.merge(other.byField, uniquingKeysWith: Count.sum)
            bySequence.merge(other.bySequence) { $0.merging($1, uniquingKeysWith: Count.sum) }
            notModelled.merge(other.notModelled) { $0.union($1) }
            differences += other.differences
        }

        /// The fields of a sequence that differ in some state, sorted.
        public func differingFields(of sequence: String) -> [String] {
            (bySequence[sequence] ?? [:]).filter { $0.value.agreed < $0.value.compared }
                .map(\.key).sorted()
        }
    }
}

/// One aspect of a state, as it was recorded and as the model has it.
struct ComparedField {
    var name: String
    var recorded: String
    var ours: String

    var agrees: Bool { recorded == ours }
}
