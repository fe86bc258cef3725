/// Makes the bytes of a format, one picture at a time, and keeps nothing that grows with their
/// number.
public protocol FilmWriter {
    /// What stands before the first picture.
    mutating func begin(_ info: Film.Info) -> String
    mutating func add(_ picture: Picture) -> String
    /// What stands after the last picture.
    mutating func end() -> String
}

extension FilmWriter {
    public mutating func begin(_ info: Film.Info) -> String { "" }
    public mutating func end() -> String { "" }

    /// The whole recording in memory, for short ones.
    public mutating func record(_ film: some Sequence<Picture>, _ info: Film.Info) -> String {
        var text = begin(info)
        for picture in film { text += add(picture) }
        return text + end()
    }
}
