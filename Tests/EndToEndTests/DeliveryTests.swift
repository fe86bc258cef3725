import Foundation
import Testing

/// Words of the command line that cannot be followed, files that are none, and verdicts that could
/// not be delivered: each is said, and has its exit code.
@Suite struct DeliveryTests {
    let scratch: ScratchFolder
    let scenarios = projectFolder.appendingPathComponent("scenarios").path

    init() throws { scratch = try ScratchFolder() }

    /// Runs a line of shell in which `$R` is the program.
    private func shell(
        _ line: String
    ) throws -> (status: Int32, output: String, problems: String) {
        let text =
            "export RADIXSCOPE_SCENARIOS=\(scenarios) XDG_STATE_HOME=\(scratch.file("state")) "
            + "XDG_CONFIG_HOME=\(scratch.file("config")); R=\(try program()); "
            + "cd \(scratch.url.path); \(line)"
        return try spawn(["bash", "-c", text], scratch: scratch.url)
    }

    @Test(arguments: [
        "check pmd-orphan", "check --quiet race-fsync-punch", "list", "config", "config --path",
        "manual", "record pmd-orphan", "record pmd-orphan --format json", "--help", "--version",
        "check --help",
    ])
    func aVerdictThatCouldNotBeWritten(_ words: String) throws {
        // What says nothing has nothing to lose.
        let isSilent = words.contains("--quiet")
        var run = try shell("$R \(words) > /dev/full")
        #expect(run.status == (isSilent ? 0 : 2))
        #expect(run.problems.contains("No space left on device") == !isSilent)
        run = try shell("$R \(words) >&-")
        #expect(run.status == (isSilent ? 0 : 2))
        #expect(run.problems.contains("Bad file descriptor") == !isSilent)
        // Nobody reads: no message, and no success where the signal is ignored.
        run = try shell("trap '' PIPE; { $R \(words); echo $? > status; } | true; cat status")
        #expect(run.problems == "")
        #expect(isSilent || ["0\n", "2\n"].contains(run.output), "\(run.output)")
    }

    /// A reader that is gone before anything was written.
    @Test func aClosedPipe() throws {
        let wait =
            "mkfifo p; (exec 3< p; exec 3<&-; touch gone) & exec 4> p; "
            + "while [ ! -e gone ]; do sleep 0.01; done; "
        for words in ["check pmd-orphan", "record pmd-orphan", "manual"] {
            let run = try shell("rm -f p gone; trap '' PIPE; \(wait) $R \(words) >&4")
            #expect(run.status == 2)
            #expect(run.problems == "")
        }
    }

    @Test func aComparisonThatCouldNotBeDelivered() throws {
        let traces = projectFolder.appendingPathComponent("Tests/Fixtures/golden").path
        let run = try shell("$R conform kernel \(traces)/kernel > /dev/full")
        #expect(run.status == 2)
        #expect(run.problems.contains("No space left on device"))
    }

    /// Standard error that is closed does not make the scenario's file take its place.
    @Test func closedStandardErrorIsNoOtherFile() throws {
        let run = try shell("$R record pmd-orphan -o x.svg 2>&- 0<&-; cat x.svg | head -c 5")
        #expect(run.output == "<svg ")
    }

    // MARK: Names

    @Test(arguments: ["check", "run", "record"])
    func aNameThatIsNeitherFileNorScenario(_ command: String) throws {
        var run = try shell("$R \(command) pmd-orfan")
        #expect(run.status == 2)
        #expect(
            run.problems
                == "radixscope: no file and no scenario of the library is called 'pmd-orfan'; "
                + "did you mean 'pmd-orphan'? `radixscope list` names them\n")
        run = try shell("$R \(command) nothing-like-it-at-all.yml")
        #expect(run.status == 2)
        #expect(run.problems.contains("is called 'nothing-like-it-at-all.yml'; `radixscope list`"))
        run = try shell("$R \(command) ./pmd-orfan")
        #expect(run.problems.hasPrefix("./pmd-orfan:1:1: cannot open the file: No such file"))
    }

    @Test(arguments: [
        ("recrod pmd-orphan", "no command, file or scenario is called 'recrod'; did you"),
        ("chek", "did you mean 'radixscope check'?"),
        ("help chek", "unknown command 'chek'; did you mean 'check'? expected run, sandbox"),
        ("check --kernel v45 pmd-orphan", "unknown kernel 'v45'; did you mean 'v4.5'? expected v4"),
        ("record pmd-orphan -k v6,v44", "unknown kernel 'v44'; did you mean 'v4.4'? expected v4.4"),
        ("record pmd-orphan --format jsn", "did you mean 'json'? expected text"),
        ("record pmd-orphan --view inspectr", "did you mean 'inspector'? expected tree"),
        ("record pmd-orphan --theme drak", "did you mean 'dark'? expected default"),
        ("run --theme lihgt", "did you mean 'light'? expected default"),
        ("record pmd-orphan@findng", "is called 'findng'; did you mean 'finding'? expected a step"),
        ("record pmd-orphan@dax_radix_entri", "did you mean 'dax_radix_entry'? expected a step"),
    ])
    func whatIsMisspelt(_ words: String, _ says: String) throws {
        let run = try shell("$R \(words)")
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(run.problems.contains(says), "\(run.problems)")
        #expect(run.problems.split(separator: "\n").count == 1)
    }

    /// A function that only other kernels come to is spelt right.
    @Test func aFunctionOfAnotherKernel() throws {
        let run = try shell("$R record pmd-orphan@dax_writeback_one -k v4.4")
        #expect(run.status == 1)
        #expect(run.problems.contains("v4.4 has no moment at which dax_writeback_one:1 runs"))
    }

    /// Moments behind the name do not silence those of the option.
    @Test func momentsOfBothKinds() throws {
        let run = try shell("$R record pmd-orphan@start --at op99")
        #expect(run.status == 1 && run.problems.contains("no operation 99"))
        let both = try shell("$R record pmd-orphan@start --at op1 --header")
        #expect(both.status == 0)
        #expect(both.output.contains("op 0/7") && both.output.contains("op 1/7"))
    }

    @Test func aNameWithoutALibrary() throws {
        let run = try shell(
            "cp $R . && env -u RADIXSCOPE_SCENARIOS ./$(basename $R) check pmd-orphan")
        #expect(run.status == 2)
        #expect(run.problems.contains("no file is called 'pmd-orphan', and the scenario library"))
    }

    /// Every line is what an editor's error format reads: `%f:%l:%c: %m`.
    @Test func everyErrorNamesItsPlaceFirst() throws {
        for name in ["q.yml", "r.yml"] {
            try Data("scenario: q\ntitle: Q\nkernels: [v9]\nstep: []\n".utf8)
                .write(to: scratch.url.appendingPathComponent(name))
        }
        let run = try shell("$R check q.yml ./r.yml pmd-orphan")
        #expect(run.status == 2)
        #expect(run.output.contains("pmd-orphan on v6: "), "the others are checked")
        let lines = run.problems.split(separator: "\n")
        #expect(lines.count >= 4)
        for line in lines {
            #expect(line.wholeMatch(of: /(q\.yml|\.\/r\.yml):[0-9]+:[0-9]+: .+/) != nil, "\(line)")
        }
        #expect(lines.contains { $0.hasPrefix("q.yml:") })
    }

    @Test(arguments: ["x.pdf", "x.jpg", "a.b/x.bmp"])
    func aFormatThatDoesNotExist(_ name: String) throws {
        try FileManager.default.createDirectory(
            at: scratch.url.appendingPathComponent("a.b"), withIntermediateDirectories: true)
        let run = try shell("$R record pmd-orphan -o \(name)")
        #expect(run.status == 2)
        #expect(
            run.problems
                == "radixscope: '\(name.split(separator: "/").last!)' ends in no format's name; "
                + "expected one of .txt .ans .svg .png .html .cast .gif .dot .json .md, or name "
                + "the format with --format\n")
        #expect(!FileManager.default.fileExists(atPath: scratch.file(name)))
        // Whoever names the format means the name.
        #expect(try shell("$R record pmd-orphan --format svg -o \(name)").status == 0)
        #expect(FileManager.default.fileExists(atPath: scratch.file(name)))
        #expect(try shell("$R record pmd-orphan --format pdf").status == 2)
    }

    @Test func aNameWithoutAnEndingHoldsText() throws {
        for name in ["plain", "a.b/plain", ".hidden"] {
            let run = try shell("mkdir -p a.b; $R record pmd-orphan -o \(name) && head -1 \(name)")
            #expect(run.output.contains("pmd-orphan ─"), "\(run)")
        }
    }

    /// Words that are not UTF-8 are shown, and no file of another name is made.
    @Test func namesThatAreNotUTF8() throws {
        let run = try shell("$R record pmd-orphan -o $'x\\xff\\e[31m.svg'")
        #expect(run.status == 2)
        #expect(run.problems.hasPrefix("radixscope: 'x\\xff\\x1b[31m.svg' is not UTF-8; "))
        #expect(scratch.names.filter { $0.hasSuffix(".svg") } == [])
        #expect(try shell("$R check $'\\xff.yml'").status == 2)
        // In folders they are no hindrance.
        let library = try shell(
            "mkdir l; cp \(scenarios)/*.yml l; cp l/pmd-orphan.yml l/$'\\xff\\xfe.yml'; "
                + "RADIXSCOPE_SCENARIOS=l $R check race-fsync-punch && "
                + "RADIXSCOPE_SCENARIOS=l $R list | wc -l")
        #expect(library.status == 0, "\(library)")
    }

    // MARK: Pipes

    @Test(arguments: [
        "cat $S | $R check -", "$R check - < $S", "cat $S | $R check /dev/stdin",
        "$R check /dev/stdin < $S", "$R check <(cat $S)",
        "mkfifo p; (sleep 0.1; cat $S > p) & $R check p",
    ])
    func aScenarioFromAPipe(_ line: String) throws {
        let run = try shell("S=\(scenarios)/one-page.yml; \(line)")
        #expect(run.status == 0, "\(run)")
        #expect(run.output.contains("one-page on "))
    }

    @Test func aRecordingOfAPipe() throws {
        let run = try shell("cat \(scenarios)/one-page.yml | $R record - -o x.svg")
        #expect(run.status == 0)
        #expect(FileManager.default.fileExists(atPath: scratch.file("x.svg")))
    }

    @Test func noMoreThanAMebibyteIsRead() throws {
        var run = try shell("yes | $R check -")
        #expect(run.status == 2)
        #expect(run.problems.hasPrefix("<stdin>:1:1: the file is larger than 1 MiB"))
        run = try shell("printf 'scenario: q\\n' | $R check -")
        #expect(run.problems.hasPrefix("<stdin>:1:1: a scenario has no 'title'"))
    }

    // MARK: Homes that are none

    @Test(arguments: ["HOME=/dev/null", "HOME=$PWD/file", "HOME=relative", "HOME=", "-u HOME"])
    func aHomeThatIsNoFolder(_ home: String) throws {
        let run = try shell(
            "touch file; env -u XDG_CONFIG_HOME -u XDG_STATE_HOME \(home) $R manual | head -1")
        #expect(run.problems == "")
        #expect(run.output.hasPrefix(".TH RADIXSCOPE"))
    }

    @Test func aConfigurationBelowAFile() throws {
        let run = try shell("touch file; XDG_CONFIG_HOME=$PWD/file $R manual | head -1")
        #expect(run.problems == "")
        #expect(run.output.hasPrefix(".TH RADIXSCOPE"))
    }
}
