"""page.py BROWSER PAGE.html FOLDER: in Chromium, without a network, the page shows at each step the text of the picture,
by its buttons, its slider and its keys, and says nothing on the console. FOLDER holds one .txt a step."""
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile

# Clicks through the whole film and back, and leaves what it saw in the page for --dump-dom.
DRIVER = """
<script>
(function () {
  const $ = id => document.getElementById(id), seen = [], problems = window.problems;
  const text = () => $("screen").textContent;
  const key = name => document.dispatchEvent(
    new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true}));
  const count = Number($("slider").max) + 1;
  $("first").click();
  for (let i = 0; i < count; i++) { seen.push(text()); $("next").click(); }
  const check = (what, at) => { if (text() !== seen[at]) problems.push(what + " is not at " + at); };
  check("the last step", count - 1);
  for (let i = count - 2; i >= 0; i--) { key("ArrowLeft"); check("a step back", i); }
  key("End"); check("End", count - 1);
  key("Home"); check("Home", 0);
  const middle = Math.floor(count / 2);
  $("slider").value = middle;
  $("slider").dispatchEvent(new Event("input"));
  check("the slider", middle);
  key("n");
  const story = $("say").textContent;
  if (getComputedStyle($("handout")).display !== "none") problems.push("the handout is shown");
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify({seen, problems, story});
  document.body.append(result);
})();
</script>
"""
WATCH = """<script>
window.problems = [];
addEventListener("error", event => window.problems.push(String(event.message)));
for (const name of ["error", "warn", "log"]) console[name] = text => window.problems.push(String(text));
</script>"""


def dump(browser, path, profile, *options):
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", *options,
        "--dump-dom", pathlib.Path(path).resolve().as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout


def main(browser, path, folder):
    page = pathlib.Path(path).read_text(encoding="utf-8")
    pictures = [file.read_text(encoding="utf-8") for file in sorted(pathlib.Path(folder).glob("*.txt"))]
    assert not re.search(r"(src|href|url)\s*[=(]", page), "the page refers to something outside"
    with tempfile.TemporaryDirectory() as scratch:
        driven = pathlib.Path(scratch) / "driven.html"
        head, tail = page.split("<head>", 1)
        driven.write_text(
            head + "<head>" + WATCH + tail.replace("</body>", DRIVER + "</body>"), encoding="utf-8")
        dom = dump(browser, driven, scratch + "/profile")
        found = re.search(r'<pre id="result">(.*?)</pre>', dom, re.S)
        assert found, "the page's own script did not run: " + dom[-2000:]
        result = json.loads(html.unescape(found.group(1)))
    assert not result["problems"], result["problems"][:5]
    assert len(result["seen"]) == len(pictures), f"{len(result['seen'])} steps, {len(pictures)} pictures"
    for number, (have, want) in enumerate(zip(result["seen"], pictures)):
        lines = "".join(line.rstrip(" ") + "\n" for line in have.split("\n")[:-1])
        assert lines == want, f"picture {number}:\n{lines}\nis not\n{want}"
    # The handout, for who has no JavaScript: the last screen stands in the page as text.
    still = [html.unescape(text) for text in re.findall(r"<pre>\n(.*?)</pre>", page, re.S)]
    assert still[-1] == pictures[-1], "the page's last text is not the last picture"
    assert result["story"].strip(), "the story is not shown"
    print(f"{len(pictures)} steps, {len(still)} in the handout")


main(*sys.argv[1:])
