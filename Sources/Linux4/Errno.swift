/// The error numbers that the modelled functions return, negative as the kernel returns them.
enum Errno {
    static let eperm = -1
    static let enoent = -2
    static let eio = -5
    static let enomem = -12
    static let ebusy = -16
    static let eexist = -17
    static let einval = -22
    static let efbig = -27
    static let enospc = -28
    static let eopnotsupp = -95
}
