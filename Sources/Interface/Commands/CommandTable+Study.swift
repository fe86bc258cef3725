extension Command {
    static let study: [Command] = [
        Command(
            "why", ["w"], .study, "go to the statement that made a finding or a counter so",
            argument: .optional("COUNTER"), label: "why", rank: 4, values: .counters,
            when: .hasFindings
        ) { text in
            guard let text else { return .why(nil) }
            return Why.Counter(rawValue: text).map { .why($0) }
        },
        Command(
            "answer", ["a"], .study, "answer the question", argument: .optional("TEXT"),
            label: "answer", rank: 3, when: .asked
        ) { $0.map { .answer($0) } ?? .answerLine },
        Command(
            "do", [], .study, "run an operation here, as a branch; task, until may follow",
            argument: .required("OPERATION"), values: .operations
        ) { $0.map { .perform($0) } },
        Command(
            "branch", [], .study, "go to a branch; 0 is the story", argument: .required("NUMBER")
        ) { $0.flatMap { Int($0) }.map { .branch($0) } },
        Command(
            "unbranch", [], .study, "remove a branch", argument: .required("NUMBER")
        ) { $0.flatMap { Int($0) }.map { .removeBranch($0) } },
        Command(
            "compare-branches", [], .study, "put up to four branches side by side",
            argument: .required("NUMBER NUMBER...")
        ) { text in
            let words = (text ?? "").split(separator: " ")
            let numbers = words.compactMap { Int($0) }
            guard numbers.count == words.count, (1...4).contains(words.count) else { return nil }
            return .compareBranches(numbers)
        },
        Command(
            "save", [], .study, "write this as a scenario file",
            argument: .required("FILE"), writesFile: true
        ) { $0.map { .save($0, overwrites: false) } },
    ]
}
