import Kernel
import PageCache
import Stepping

/// Something that a run stops at, in either direction.
public struct Breakpoint: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// Before the first statement of a function.
        case function(String)
        /// Before one statement of a function, counted from 0.
        case statement(String, Int)
        /// After a step that changed what stands at an index.
        case index(UInt64)
        /// After a step that changed this.
        case change(Watched)
        /// Where a finding of a kind, or of any, is born.
        case finding(Finding.Kind?)
        /// After a step that made this true.
        case condition(Expression)
    }

    /// What can be watched.
    enum Watched: String, CaseIterable, Sendable {
        case tree, tag, nrpages, nrexceptional, console, warn
    }

    var kind: Kind
    /// As it was asked for.
    var text: String

    /// Names that a condition can use, with what they are.
    static let names: [String] = [
        "dirty", "entries", "exceptional", "findings", "function", "height", "nodes",
        "nrexceptional",
        "nrpages", "op", "pages", "size", "step", "task", "towrite", "writeback",
    ]

    struct Refusal: Error, Equatable {
        var message: String
    }

    /// Reads what stands after `:break`.
    static func parse(_ text: String, _ kernel: KernelModel) throws(Refusal) -> Breakpoint {
        if let watched = Watched(rawValue: text) {
            return Breakpoint(kind: .change(watched), text: text)
        }
        if text == "finding" { return Breakpoint(kind: .finding(nil), text: text) }
        if let kind = Finding.Kind(rawValue: text) {
            return Breakpoint(kind: .finding(kind), text: text)
        }
        let words = text.split(separator: " ").map(String.init)
        if words.count == 2, words[0] == "index" || words[0] == "page" {
            guard let index = UInt64(words[1]) else {
                throw Refusal(message: "\(words[1]) is no page number")
            }
            return Breakpoint(kind: .index(index), text: text)
        }
        if kernel.listings.contains(where: { $0.name == text }) {
            return Breakpoint(kind: .function(text), text: text)
        }
        if let place = statement(at: text, kernel) { return place }
        do {
            let expression = try Expression.parse(text)
            if let unknown = expression.names.subtracting(names).sorted().first {
                throw Refusal(
                    message: "\(unknown) is no function and no name; names are "
                        + names.joined(separator: " "))
            }
            return Breakpoint(kind: .condition(expression), text: text)
        } catch let error as Expression.SyntaxError {
            throw Refusal(message: error.message)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(message: "\(error)")
        }
    }

    /// `fs/dax.c:389`, where the line is known, or `dax_radix_entry:2`, its second statement.
    private static func statement(at text: String, _ kernel: KernelModel) -> Breakpoint? {
        guard let colon = text.lastIndex(of: ":"), let line = Int(text[text.index(after: colon)...])
        else { return nil }
        let file = text[..<colon]
        if let listing = kernel.listings.first(where: { $0.name == file }) {
            guard listing.statements.indices.contains(line - 1) else { return nil }
            return Breakpoint(kind: .statement(listing.name, line - 1), text: text)
        }
        for listing in kernel.listings where listing.file == file {
            if let number = listing.statements.firstIndex(where: { $0.line == line }) {
                return Breakpoint(kind: .statement(listing.name, number), text: text)
            }
        }
        return nil
    }

    /// Whether it stands at a statement, for the sign in the listing.
    func stands(at statement: Int, of function: String) -> Bool {
        switch kind {
        case .function(let name): name == function && statement == 0
        case .statement(let name, let number): name == function && statement == number
        default: false
        }
    }
}
