import PageCache

/// Kernels that share their functions: releases near to each other, and what was posted between.
public struct KernelFamily: Sendable {
    /// Gives a machine what these kernels have before the first operation.
    public let begin: @Sendable (inout Machine, KernelVersion) -> Void
    /// What was declared, by function.
    let declarations: [Declaration]
    /// The function that an operation begins in; it fills in that function's locals.
    let entry:
        @Sendable (Operation, KernelVersion, inout Locals, inout Machine) throws(StartError) ->
            Function

    /// - Parameters:
    ///   - functions: all that the room declares, file by file.
    ///   - begin: gives a machine what these kernels have before the first operation.
    ///   - entry: the function that an operation begins in; it fills in that function's locals, and
    ///     what the operation finds in the machine.
    public init(
        _ functions: [Function], room: String = #fileID,
        begin: @escaping @Sendable (inout Machine, KernelVersion) -> Void = { _, _ in },
        entry:
            @escaping @Sendable (
                Operation, KernelVersion, inout Locals, inout Machine
            ) throws(StartError) -> Function
    ) {
        let room = String(room.prefix { $0 != "/" })
        declarations = Declaration.all.withLock { $0[room] ?? [] }
        self.begin = begin
        self.entry = entry
        precondition(
            Set(functions.map(\.number)).count == declarations.count,
            "\(room) declares a function that its family does not list")
    }
}
