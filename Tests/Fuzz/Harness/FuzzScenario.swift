import Scenario

/// What libFuzzer calls with each input. A crash, a hang, or a trap here is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzScenario(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    do throws(ScenarioError) {
        let scenario = try Scenario.parse(bytes: bytes, file: "fuzz")
        // What is accepted must survive being written and read; near the limit of size the wider
        // spelling need not fit.
        guard count <= 1 << 16 else { return 0 }
        let again = try? Scenario.parse(scenario.yaml(), file: "again")
        precondition(again == scenario, "the round trip changed the scenario")
    } catch {
        precondition(!error.diagnostics.isEmpty, "an error that says nothing")
        for diagnostic in error.diagnostics {
            precondition(!diagnostic.description.contains("\n"), "more than one line")
            precondition(diagnostic.line > 0 && diagnostic.column > 0, "no place")
        }
    }
    return 0
}

/// libFuzzer's own driver, which its library has beside its `main`.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ one: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// SwiftPM makes an executable start at `<target>_main`, so libFuzzer's `main` is never linked.
@_cdecl("fuzz_scenario_main")
public func main(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    var count = count
    var arguments = arguments
    return runDriver(&count, &arguments, fuzzScenario)
}
