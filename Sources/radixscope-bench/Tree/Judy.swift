import Glibc

/// The functions of libJudy, found when the program runs: the benchmark builds without the library.
struct JudyLibrary {
    typealias Word = UInt
    typealias Insert =
        @convention(c) (
            UnsafeMutablePointer<UnsafeRawPointer?>, Word, OpaquePointer?
        ) -> UnsafeMutablePointer<Word>?
    typealias Get =
        @convention(c) (UnsafeRawPointer?, Word, OpaquePointer?) -> UnsafePointer<Word>?
    typealias Step =
        @convention(c) (
            UnsafeRawPointer?, UnsafeMutablePointer<Word>, OpaquePointer?
        ) -> UnsafePointer<Word>?
    typealias Change =
        @convention(c) (
            UnsafeMutablePointer<UnsafeRawPointer?>, Word, OpaquePointer?
        ) -> Int32
    typealias BitStep =
        @convention(c) (
            UnsafeRawPointer?, UnsafeMutablePointer<Word>, OpaquePointer?
        ) -> Int32
    typealias Size = @convention(c) (UnsafeRawPointer?) -> Word
    typealias Free =
        @convention(c) (UnsafeMutablePointer<UnsafeRawPointer?>, OpaquePointer?) -> Word

    let insert: Insert
    let get: Get
    let first: Step
    let next: Step
    let delete: Change
    let memoryUsed: Size
    let setBit: Change
    let firstBit: BitStep
    let nextBit: BitStep
    let freeBits: Free

    /// What to tell a user who lacks it.
    static let howToInstall = "libJudy is missing: install it with  apt-get install libjudy-dev"

    static func load() -> JudyLibrary? {
        guard let handle = dlopen("libJudy.so.1", RTLD_NOW) ?? dlopen("libJudy.so", RTLD_NOW)
        else { return nil }
        func symbol<Function>(_ name: String, _: Function.Type = Function.self) -> Function? {
            dlsym(handle, name).map { unsafeBitCast($0, to: Function.self) }
        }
        guard let insert: Insert = symbol("JudyLIns"), let get: Get = symbol("JudyLGet"),
            let first: Step = symbol("JudyLFirst"), let next: Step = symbol("JudyLNext"),
            let delete: Change = symbol("JudyLDel"), let used: Size = symbol("JudyLMemUsed"),
            let setBit: Change = symbol("Judy1Set"), let firstBit: BitStep = symbol("Judy1First"),
            let nextBit: BitStep = symbol("Judy1Next"),
            let freeBits: Free = symbol("Judy1FreeArray")
        else { return nil }
        return JudyLibrary(
            insert: insert, get: get, first: first, next: next, delete: delete, memoryUsed: used,
            setBit: setBit, firstBit: firstBit, nextBit: nextBit, freeBits: freeBits)
    }
}

/// JudyL for the entries, Judy1 for the tags.
struct JudyPeer: Peer {
    static let title = "JudyL"
    static let tags = "a Judy1"

    private let judy: JudyLibrary
    private var map: UnsafeRawPointer?
    private var tagged: UnsafeRawPointer?

    init?() {
        guard let judy = JudyLibrary.load() else { return nil }
        self.judy = judy
    }

    mutating func insert(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys {
            guard let slot = judy.insert(&map, UInt(key), nil) else { return 0 }
            slot.pointee = UInt(Keys.value(key))
            sum &+= 1
        }
        return sum
    }

    func hit(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys { sum &+= UInt64(judy.get(map, UInt(key), nil)?.pointee ?? 0) }
        return sum
    }

    func miss(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where judy.get(map, UInt(key), nil) == nil { sum &+= 1 }
        return sum
    }

    mutating func tag(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys {
            _ = judy.setBit(&tagged, UInt(key), nil)
            sum &+= Keys.value(key)
        }
        return sum
    }

    func iterateTagged() -> UInt64 {
        var sum: UInt64 = 0
        var key: UInt = 0
        var found = judy.firstBit(tagged, &key, nil)
        while found == 1 {
            sum &+= UInt64(key &+ (judy.get(map, key, nil)?.pointee ?? 0))
            found = judy.nextBit(tagged, &key, nil)
        }
        return sum
    }

    func iterate() -> UInt64 {
        var sum: UInt64 = 0
        var key: UInt = 0
        var slot = judy.first(map, &key, nil)
        while let value = slot?.pointee {
            sum &+= UInt64(key &+ value)
            slot = judy.next(map, &key, nil)
        }
        return sum
    }

    mutating func delete(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where judy.delete(&map, UInt(key), nil) == 1 { sum &+= 1 }
        _ = judy.freeBits(&tagged, nil)
        return sum
    }

    var bytes: Int? { Int(judy.memoryUsed(map)) }
}
