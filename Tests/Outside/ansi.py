"""ansi.py PICTURE.ans PICTURE.txt CELLS.json: a terminal that is sent the .ans shows the text, in the colours
and attributes that CELLS names: [row, column, foreground, background, bold, underline, reverse]."""
import json
import pathlib
import sys
import unicodedata

import pyte


def main(ansi, text, cells):
    # pyte composes marks with their letters.
    want = unicodedata.normalize("NFC", pathlib.Path(text).read_text(encoding="utf-8"))
    rows = want.count("\n")
    screen = pyte.Screen(200, rows + 1)
    stream = pyte.Stream(screen)
    stream.feed(pathlib.Path(ansi).read_text(encoding="utf-8").replace("\n", "\r\n"))
    have = "".join(line.rstrip(" ") + "\n" for line in screen.display[:rows])
    assert have == want, f"{have}\nis not\n{want}"
    expected = json.loads(pathlib.Path(cells).read_text(encoding="utf-8"))
    for row, column, *look in expected:
        cell = screen.buffer[row][column]
        # pyte calls yellow brown, and bright colours by their names without a sign.
        names = [name.replace("brown", "yellow") for name in (cell.fg, cell.bg)]
        found = names + [cell.bold, cell.underscore, cell.reverse]
        assert found == look, f"row {row}, column {column} ({cell.data!r}): {found} is not {look}"
    print(f"{len(expected)} cells")


main(*sys.argv[1:])
