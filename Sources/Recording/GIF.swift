import Foundation

/// Films as GIF: through agg, or through ImageMagick with rsvg-convert.
struct GIF {
    let look: Look
    /// Where programs are looked for; nil: in PATH.
    var path: String?

    /// The whole file, and how many pictures it has.
    ///
    /// - Parameter made: called after each picture.
    func record(_ film: Film, made: () -> Void) throws(RecordingError) -> [UInt8] {
        if let agg = Tool.find("agg", in: path) { return try record(film, agg: agg, made: made) }
        let convert = Tool.find("magick", in: path) ?? Tool.find("convert", in: path)
        guard let convert, Tool.find(PNG.program, in: path) != nil else {
            throw .failed(
                "gif needs agg, or ImageMagick's convert and rsvg-convert, and PATH has neither; "
                    + "cast needs nothing")
        }
        return try record(film, convert: convert, made: made)
    }

    /// agg takes a cast of version 2 from a file and writes a file.
    private func record(
        _ film: Film, agg: String, made: () -> Void
    ) throws(RecordingError) -> [UInt8] {
        try inFolder { folder throws(RecordingError) in
            let cast = try OutputFile(path: folder + "/film.cast")
            var writer = CastWriter(look: look)
            try cast.write(writer.begin(film.info))
            for picture in film {
                try cast.write(writer.add(picture))
                made()
            }
            try cast.write(writer.end())
            try cast.finish()
            let gif = folder + "/film.gif"
            _ = try Tool.run(agg, [folder + "/film.cast", gif])
            return try contents(of: gif)
        }
    }

    /// ImageMagick puts PNGs together; each is shown as long as in a cast.
    private func record(
        _ film: Film, convert: String, made: () -> Void
    ) throws(RecordingError) -> [UInt8] {
        try inFolder { folder throws(RecordingError) in
            var arguments = ["-loop", "0"]
            for picture in film {
                let svg = SVG.document(picture, look: look)
                let name = "\(folder)/\(picture.name).png"
                let png = try OutputFile(path: name)
                try png.write(try PNG.picture(svg: svg, path: path))
                try png.finish()
                let shown =
                    picture.caption.isOperationEnd ? CastWriter.operation : CastWriter.step
                arguments += ["-delay", "\(shown / 10)", name]
                made()
            }
            // No dates and versions in the file.
            return try Tool.run(convert, arguments + ["-strip", "gif:-"])
        }
    }

    private func inFolder(
        _ body: (String) throws(RecordingError) -> [UInt8]
    ) throws(RecordingError) -> [UInt8] {
        guard let folder = try? Tool.temporaryFolder() else {
            throw .failed("cannot make a folder in \(NSTemporaryDirectory())")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    private func contents(of file: String) throws(RecordingError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw .failed("agg wrote no picture")
        }
        return [UInt8](data)
    }
}
