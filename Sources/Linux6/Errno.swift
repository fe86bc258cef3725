/// The error numbers that the modelled functions return, negative as the kernel returns them.
enum Errno {
    static let enoent = -2
    static let enomem = -12
    static let einval = -22
}
