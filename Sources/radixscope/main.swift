import Conformance
var total = KernelReplay.Outcome()
for path in CommandLine.arguments.dropFirst() {
    do {
        let outcome = try KernelReplay.replay(contentsOf: path)
        for d in outcome.differences { print(d) }
        total.add(outcome)
    } catch { print(error) }
}
print(total.states, total.byKernel, total.byOperation)
