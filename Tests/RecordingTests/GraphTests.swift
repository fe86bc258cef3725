import Canvas
import Kernel
import Scenario
import Testing

@testable import Recording

/// The graph of a tree, read by somebody who knows no ports.
@Suite struct GraphTests {
    @Test(arguments: [
        ("pmd-orphan@op4", KernelVersion.v6), ("one-page@op2", .v4_5),
        ("tree-grows@op3", .v4_5), ("page-cache@op3", .v4_5),
    ])
    func itIsOneTree(_ address: String, _ version: KernelVersion) throws {
        let parts = address.split(separator: "@").map(String.init)
        let film = try Film(
            of: [Library.run(parts[0], version)], at: Moments(parsing: parts[1]),
            size: Size(20, 5))
        var writer = DOTWriter()
        let graph = writer.record(film, film.info)
        var nodes: Set<Substring> = []
        var edges: [(from: Substring, to: Substring)] = []
        for line in graph.split(separator: "\n").dropFirst() where line != "}" {
            if let edge = line.wholeMatch(of: /(\w+) -> (\w+)( \[tailport=s\d+\])?/) {
                edges.append((edge.1, edge.2))
            } else {
                let node = try #require(line.firstMatch(of: /^(\w+) \[/), "\(line)")
                if !["graph", "node", "edge"].contains(node.1) { nodes.insert(node.1) }
            }
        }
        #expect(edges.count == nodes.count - 1)
        var reached: Set<Substring> = ["root"]
        while let edge = edges.first(where: {
            reached.contains($0.from) && !reached.contains($0.to)
        }) {
            reached.insert(edge.to)
        }
        #expect(reached == nodes)
        #expect(nodes.count > 1)
    }

    /// The lines of a text are those of whoever wrote it; a paragraph is broken once.
    @Test func paragraphsAreBrokenOnce() {
        let text = """
            An empty file whose story is told in lines of about a hundred columns, as scenario files
            have them, so that breaking each for itself leaves two words alone on every second line.

            A second paragraph, with a list:
              - one
              - two
            """
        let lines = Markdown.paragraphs(text).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.prefix(2).allSatisfy { $0.count > 60 }, "\(lines)")
        #expect(lines.filter(\.isEmpty).count == 1)
        #expect(lines.contains("\\- one"))
    }
}
