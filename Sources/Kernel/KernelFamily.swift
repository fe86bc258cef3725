import PageCache

/// Kernels that share their functions: releases near to each other, and what was posted between.
public struct KernelFamily: Sendable {
    /// What was declared, by function.
    let declarations: [Declaration]
    /// The function that an operation begins in; it fills in that function's locals.
    let entry:
        @Sendable (Operation, KernelVersion, inout Locals, inout Machine) throws(StartError) ->
            Function

    /// - Parameters:
    ///   - functions: all that the room declares, file by file.
    ///   - entry: the function that an operation begins in; it fills in that function's locals, and
    ///     what the operation finds in the machine.
    public init(
        _ functions: [Function], room: String = #fileID,
        entry:
            @escaping @Sendable (
                Operation, KernelVersion, inout Locals, inout Machine
            ) throws(StartError) -> Function
    ) {
        let room = String(room.prefix { $0 != "/" })
        declarations = Declaration.all.withLock { $0[room] ?? [] }
        self.entry = entry
        precondition(
            Set(functions.map(\.number)).count == declarations.count,
            "\(room) declares a function that its family does not list")
    }
}
