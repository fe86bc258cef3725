"""cast.py FILM.cast FOLDER: at every marker, a terminal that played FILM shows the text of the picture.

FOLDER holds one .txt a marker, in order. pyte is the terminal; asciinema must print exactly the bytes
that the output events hold. A film of version 3 is only played by pyte: asciinema 2.4 reads 1 and 2."""
import json
import os
import pathlib
import pty
import sys
import unicodedata

import pyte


def printed_by_asciinema(path):
    """asciinema wants a terminal, so it gets one that changes no byte."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ["LC_ALL"] = "C.UTF-8"
        os.execv(sys.executable, [sys.executable, "-c", (
            "import sys, tty; tty.setraw(1); "
            "from asciinema.__main__ import main; "
            f"sys.argv = ['asciinema', 'cat', {path!r}]; sys.exit(main())")])
    data = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        data += part
    status = os.waitpid(process, 0)[1]
    assert status == 0, f"asciinema cat ended with {status}: {data[-500:]!r}"
    return data.decode()


def main(path, folder):
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    header = json.loads(lines[0])
    events = [json.loads(line) for line in lines[1:]]
    version = header["version"]
    columns, rows = (header["width"], header["height"]) if version == 2 else (
        header["term"]["cols"], header["term"]["rows"])
    pictures = sorted(pathlib.Path(folder).glob("*.txt"))
    markers = [event for event in events if event[1] == "m"]
    assert len(markers) == len(pictures), f"{len(markers)} markers, {len(pictures)} pictures"

    screen = pyte.Screen(columns, rows)
    stream = pyte.Stream(screen)
    time = at = 0
    shown = iter(pictures)
    for when, code, data in events:
        at = when if version == 2 else at + when
        assert at >= time, f"time goes back at {at}"
        time = at
        if code == "o":
            # What stood there before must not matter: players jump from marker to marker.
            if data.startswith("\x1b[0m\x1b[1H"):
                screen.reset()
                stream.feed("\x1b[5;7H\x1b[45mrubbish" * 9)
            stream.feed(data)
        elif code == "m":
            picture = next(shown)
            # pyte composes marks with their letters.
            want = unicodedata.normalize("NFC", picture.read_text(encoding="utf-8"))
            have = "".join(line.rstrip(" ") + "\n" for line in screen.display)
            assert have == want, f"{picture.name}, marker {data!r}:\n{have}\nis not\n{want}"
    if version == 2:
        output = "".join(data for _, code, data in events if code == "o")
        printed = printed_by_asciinema(path)
        assert printed == output, "asciinema cat prints other bytes"
    print(f"{len(markers)} markers")


main(*sys.argv[1:])
