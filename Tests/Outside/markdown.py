"""markdown.py FILE.md FOLDER: a reader of CommonMark finds in FILE headings, paragraphs, lists and the pictures, and
nothing else: no link, no image, no emphasis but ours, no markup of HTML. FOLDER holds one .txt a picture."""
import pathlib
import sys

from markdown_it import MarkdownIt

BLOCKS = {
    "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "fence", "bullet_list_open",
    "bullet_list_close", "list_item_open", "list_item_close"}
INLINE = {"text", "text_special", "softbreak", "code_inline", "strong_open", "strong_close"}


def main(path, folder):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    for token in tokens:
        assert token.type in BLOCKS, f"line {token.map}: {token.type} {token.content[:200]!r}"
        for child in token.children or []:
            assert child.type in INLINE, f"{child.type} in {token.content[:200]!r}"
            if child.type == "strong_open":
                assert token.content.startswith("**kernel BUG"), token.content[:200]
    shown = [token.content for token in tokens if token.type == "fence"]
    pictures = [file.read_text(encoding="utf-8") for file in sorted(pathlib.Path(folder).glob("*.txt"))]
    assert shown == pictures, "the pictures are not those of the text"
    print(f"{len(shown)} pictures, {sum(token.type == 'heading_open' for token in tokens)} headings")


main(*sys.argv[1:])
