/// Pictures as PNG, through librsvg.
enum PNG {
    static let program = "rsvg-convert"

    /// The picture of an SVG document, at its own size.
    ///
    /// - Parameter path: where programs are looked for; nil: in PATH.
    static func picture(svg: String, path: String? = nil) throws(RecordingError) -> [UInt8] {
        guard let tool = Tool.find(program, in: path) else {
            throw .failed(
                "png needs rsvg-convert (in Debian's librsvg2-bin), and PATH has none; svg needs "
                    + "nothing")
        }
        return try Tool.run(tool, ["--format=png"], input: Array(svg.utf8))
    }
}
