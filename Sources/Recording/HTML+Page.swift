import Interface

/// What every page has.
enum HTMLPage {
    /// Text as paragraphs, lines joined: an empty line stands between two.
    static func paragraphs(_ text: String) -> String {
        text.reflowed.split(separator: "\n", omittingEmptySubsequences: false)
            .split(whereSeparator: \.isEmpty)
            .map { "<p>\($0.map { XML.escape($0) }.joined(separator: "\n"))</p>" }
            .joined(separator: "\n")
    }

    /// The style sheet. The screen keeps its colours; the page around it is quiet.
    static func style(text: Look.Ink, columns: Int) -> String {
        """

        :root { color-scheme: \(text.background.isDark ? "dark" : "light") }
        body { margin: 0 auto; padding: 1em; max-width: \(columns + 4)ch; font-size: 15px;
          background: \(text.background.hex); color: \(text.foreground.hex);
          font-family: \(SVG.fonts); line-height: 1.45 }
        h1 { font-size: 1.3em; margin: 0 }
        h2 { font-size: 1.1em; margin: 2em 0 .4em }
        .where, .label, .code { opacity: .8; margin: .2em 0 }
        .say { max-width: 80ch; margin: .6em 0 }
        .say p { margin: .4em 0; white-space: pre-line }
        pre { font: inherit; font-size: 14px; line-height: 1.17; margin: .6em 0; overflow-x: auto;
          white-space: pre; border: 1px solid #8888; padding: .4em; width: max-content;
          max-width: calc(100% - .8em) }
        b { font-weight: inherit; display: inline-block; vertical-align: top }
        .wrong { margin: .4em 0; font-weight: 700 }
        #player { display: none }
        .js #player { display: block }
        .js #handout { display: none }
        #bar { display: flex; gap: .5em; align-items: center; margin: .6em 0; flex-wrap: wrap }
        #slider { flex: 1; min-width: 12em }
        button { font: inherit; padding: .2em .7em; cursor: pointer; color: inherit;
          background: none; border: 1px solid #8888; border-radius: 4px }
        button:hover, button:focus-visible { border-color: currentColor }
        @media print { .js #player { display: none } .js #handout { display: block }
          body { background: #fff; color: #000 } section { break-inside: avoid } }

        """
    }

    /// The player; shown when there is JavaScript.
    static let player = """
        <div id="player">
        <div id="bar">
        <button id="first" title="Home: to the start">|&lt;</button>
        <button id="opback" title="Page up, N: back an operation">&lt;&lt;</button>
        <button id="back" title="Left, h: a step back">&lt;</button>
        <button id="play" title="Space: play or pause" aria-pressed="false">play</button>
        <button id="next" title="Right, l: a step on">&gt;</button>
        <button id="opnext" title="Page down, n: on an operation">&gt;&gt;</button>
        <button id="last" title="End: to the end">&gt;|</button>
        <input id="slider" type="range" min="0" value="0" aria-label="step">
        <span id="place"></span>
        </div>
        <pre id="screen" tabindex="0" aria-label="the screen"></pre>
        <div role="status" aria-live="polite">
        <p class="label" id="label"></p>
        <p class="code" id="code"></p>
        <ul class="wrong" id="wrong"></ul>
        <div class="say" id="say"></div>
        </div>
        </div>
        """
}
