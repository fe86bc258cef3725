import Foundation

/// Writes films in one format.
public struct Recorder {
    public var format: Format
    public var look: Look
    public var castVersion = CastWriter.Version.two
    /// A line before each picture of text that says which one it is; nil: when there are several.
    public var header: Bool?
    /// Whether files that are there already are written over.
    public var replaces = true
    /// Called after each picture with how many there are so far.
    public var progress: (Int) -> Void = { _ in }

    public init(_ format: Format, look: Look = Look()) {
        self.format = format
        self.look = look
    }

    /// Where recordings go.
    public enum Target: Hashable, Sendable {
        /// A file, or `-`.
        case file(String)
        /// A folder, made when it is missing.
        case folder(String)

        /// A folder when there is one, or when the path ends in a slash.
        public init(path: String) {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            self = path.hasSuffix("/") || exists && isFolder.boolValue ? .folder(path) : .file(path)
        }
    }

    /// Records films.
    ///
    /// - Returns: the paths of the files that are written, in order.
    /// - Throws: before anything is written when the films do not fit the target; else with whole
    ///   files or none: what a file held stays until its recording is complete.
    @discardableResult
    public func record(_ films: [Film], to target: Target) throws(RecordingError) -> [String] {
        switch target {
        case .file(let path):
            try check(films, fitInto: path)
            try record(films, into: path)
            return [path]
        case .folder(let path): return try record(films, inside: path)
        }
    }

    private func check(_ films: [Film], fitInto path: String) throws(RecordingError) {
        let pictures = films.reduce(0) { $0 + $1.info.count }
        let count = format.isPicture ? pictures : films.count
        guard count > 1, format != .text, format != .ansi else { return }
        let what = format.isPicture ? "pictures" : "scenarios"
        throw .misuse(
            "\(count) \(what) do not go into one \(format.rawValue) file; name a folder with a "
                + "slash at its end")
    }

    // MARK: One file

    private func record(_ films: [Film], into path: String) throws(RecordingError) {
        let file = try OutputFile(path: path, replaces: replaces)
        var made = 0
        let hasHeader = header ?? (films.reduce(0) { $0 + $1.info.count } > 1)
        for film in films { try record(film, hasHeader: hasHeader, into: file, &made) }
        try file.finish()
    }

    private func record(
        _ film: Film, hasHeader: Bool, into file: OutputFile, _ made: inout Int
    ) throws(RecordingError) {
        if format == .gif {
            let gif = GIF(look: look)
            try file.write(
                try gif.record(film) {
                    made += 1
                    progress(made)
                })
            return
        }
        var writer = self.writer(for: film, hasHeader: hasHeader)
        try file.write(writer.begin(film.info))
        for picture in film {
            try file.write(bytes(of: writer.add(picture)))
            made += 1
            progress(made)
        }
        try file.write(writer.end())
    }

    /// What a writer made, as the file holds it.
    private func bytes(of text: String) throws(RecordingError) -> [UInt8] {
        format == .png ? try PNG.picture(svg: text) : Array(text.utf8)
    }

    private func writer(for film: Film, hasHeader: Bool) -> any FilmWriter {
        switch format {
        case .text: TextWriter(header: hasHeader)
        case .ansi: ANSIWriter(theme: look.theme, header: hasHeader)
        case .svg, .png: SVGWriter(look: look)
        case .html: HTMLWriter(look: look)
        case .cast, .gif: CastWriter(look: look, version: castVersion)
        case .dot: DOTWriter()
        case .json: JSONWriter(film.runs[0])
        case .markdown: MarkdownWriter()
        }
    }

    // MARK: A folder

    private func record(_ films: [Film], inside folder: String) throws(RecordingError) -> [String] {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .failed("\(Moments.quoted(folder, columns: 200)): cannot make this folder")
        }
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        let isPicture = format.isPicture || format == .text || format == .ansi
        var paths: [String] = []
        var made = 0
        for film in films {
            guard isPicture else {
                let path = "\(base)\(film.info.scenario).\(format.endings[0])"
                let file = try OutputFile(path: path, replaces: replaces)
                try record(film, hasHeader: false, into: file, &made)
                try file.finish(isDurable: false)
                paths.append(path)
                continue
            }
            for picture in film {
                let scenario = films.count > 1 ? film.info.scenario + "-" : ""
                let path = "\(base)\(scenario)\(picture.name).\(format.endings[0])"
                let file = try OutputFile(path: path, replaces: replaces)
                var writer = self.writer(for: film, hasHeader: header ?? false)
                try file.write(bytes(of: writer.add(picture)))
                try file.finish(isDurable: false)
                paths.append(path)
                made += 1
                progress(made)
            }
        }
        OutputFile.makeDurable(paths, in: folder)
        return paths
    }
}
