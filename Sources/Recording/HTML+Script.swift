extension HTMLPage {
    /// The player's program. It makes elements and texts, never markup from a string.
    static let script = """

        "use strict";
        (function () {
          const frames = [];
          const sheet = document.head.appendChild(document.createElement("style")).sheet;
          let rows = [], story = "", at = 0, timer = 0;
          const $ = id => document.getElementById(id);
          // Rows that do not change are the same array in picture after picture.
          for (const block of document.querySelectorAll("script.film")) {
            for (const frame of JSON.parse(block.textContent)) {
              for (let i = 0; i < (frame.k || []).length; i += 2)
                sheet.insertRule(".s" + frame.k[i] + "{" + frame.k[i + 1] + "}");
              if (frame.r) {
                rows = rows.slice();
                for (const row of frame.r) rows[row[0]] = row;
              }
              if (frame.n !== undefined) story = frame.n;
              frame.rows = rows;
              frame.story = story;
              frames.push(frame);
            }
            block.remove();
          }
          if (!frames.length) return;

          function element(tag, text, className) {
            const made = document.createElement(tag);
            made.textContent = text;
            if (className) made.className = className;
            return made;
          }
          const drawn = [];
          function draw(screen, rows) {
            for (let y = 0; y < rows.length; y++) {
              if (drawn[y] === rows[y]) continue;
              drawn[y] = rows[y];
              const line = document.createElement("span");
              for (let i = 1; i < rows[y].length; i += 2) {
                const [text, width] = [].concat(rows[y][i + 1]);
                // A box of whole columns: no font moves what stands behind it.
                const run = element("b", text, "s" + rows[y][i]);
                run.style.width = (width || text.length) + "ch";
                line.append(run);
              }
              line.append("\\n");
              if (screen.children[y]) screen.replaceChild(line, screen.children[y]);
              else screen.append(line);
            }
          }
          function show(number) {
            at = Math.max(0, Math.min(frames.length - 1, number));
            const frame = frames[at];
            draw($("screen"), frame.rows);
            $("slider").value = at;
            $("slider").setAttribute("aria-valuetext", "step " + frame.p + ": " + frame.l);
            $("place").textContent = "step " + frame.p + " of " + frames[frames.length - 1].p;
            $("label").textContent = frame.l;
            $("code").textContent = frame.c || "";
            $("wrong").replaceChildren(...(frame.w || []).map(text => element("li", text)));
            $("say").replaceChildren(
              ...frame.story.split(/\\n\\s*\\n/).map(text => element("p", text)));
            history.replaceState(null, "", "#" + frame.p);
          }
          function operation(direction) {
            let to = at + direction;
            const isEnd = i => i === 0 || i === frames.length - 1
              || frames[i].o !== frames[i + 1].o;
            while (to > 0 && to < frames.length - 1 && !isEnd(to)) to += direction;
            show(to);
          }
          function play(on) {
            clearInterval(timer);
            timer = 0;
            if (on && at < frames.length - 1)
              timer = setInterval(() => {
                show(at + 1);
                if (at === frames.length - 1) play(false);
              }, 250);
            $("play").textContent = timer ? "pause" : "play";
            $("play").setAttribute("aria-pressed", timer ? "true" : "false");
          }
          const acts = {
            first: () => show(0), last: () => show(frames.length - 1),
            back: () => show(at - 1), next: () => show(at + 1),
            opback: () => operation(-1), opnext: () => operation(1),
          };
          for (const name in acts) $(name).onclick = () => { play(false); acts[name](); };
          $("play").onclick = () => play(!timer);
          $("slider").max = frames.length - 1;
          $("slider").oninput = event => { play(false); show(Number(event.target.value)); };
          const keys = {
            ArrowLeft: "back", h: "back", ArrowRight: "next", l: "next", PageUp: "opback",
            N: "opback", PageDown: "opnext", n: "opnext", Home: "first", End: "last",
          };
          addEventListener("keydown", event => {
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            if (event.key === " " && event.target.tagName !== "BUTTON") play(!timer);
            else if (keys[event.key]) { play(false); acts[keys[event.key]](); }
            else return;
            event.preventDefault();
          });
          function follow() {
            const wanted = Number(location.hash.slice(1));
            const found = frames.findIndex(frame => frame.p >= wanted);
            show(found < 0 ? frames.length - 1 : found);
          }
          addEventListener("hashchange", follow);
          document.documentElement.className = "js";
          follow();
        })();

        """
}
