# What ci/picture runs: coloured terminal text on stdin becomes an SVG of a terminal window on stdout.
# SPDX-License-Identifier: MIT
"""usage: ci/picture.py TITLE < text > picture.svg

Knows the SGR codes for bold, dim and the eight colours. Every word group is placed by itself and stretched to its columns, so
that tables stay tables whatever monospaced font the reader has.
"""
import re
import sys
from xml.sax.saxutils import escape

CELL, LINE, SIZE, MARGIN, BAR = 8.0, 17.5, 13.2, 22, 40
INK, GROUND, FRAME, HEAD = "#d6dbe5", "#15181e", "#2a2f39", "#20242c"
COLOURS = {31: "#ff7b72", 32: "#5fd38d", 33: "#e8b84a", 34: "#7aa2f7", 35: "#c39ae8", 36: "#56c7d6", 37: "#ffffff", 90: "#808a9c"}


def style_after(style, codes):
    """A style is (colour, bold, dim)."""
    colour, bold, dim = style
    for code in codes:
        if code == 0:
            colour, bold, dim = None, False, False
        elif code == 1:
            bold = True
        elif code == 2:
            dim = True
        elif code == 22:
            bold = dim = False
        elif code == 39:
            colour = None
        elif code in COLOURS:
            colour = COLOURS[code]
    return colour, bold, dim


def pieces(line, style):
    """[(column, text, style)] of one line, split where two spaces or more stand; and the style behind it."""
    out, column = [], 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            style = style_after(style, [int(code or 0) for code in part[2:-1].split(";")])
            continue
        out += [(column + m.start(), m.group(), style) for m in re.finditer(r"\S+(?: \S+)*", part)]
        column += len(part)
    return out, column, style


def drawn(x, y, text, style):
    colour, bold, dim = style
    look = (f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if bold else "") + (' opacity=".65"' if dim else "")
    return f'<text x="{x:g}" y="{y:g}" textLength="{len(text) * CELL:g}" lengthAdjust="spacingAndGlyphs"{look}>{escape(text)}</text>'


def main(title):
    style, body, widest = (None, False, False), [], 0
    lines = ["\x1b[90m$ \x1b[37m" + title + "\x1b[0m", "", *sys.stdin.read().rstrip("\n").split("\n")]
    for row, line in enumerate(lines):
        groups, width, style = pieces(line, style)
        widest = max(widest, width)
        y = BAR + MARGIN + LINE * row + SIZE * 0.6
        body += [drawn(MARGIN + CELL * column, y, text, look) for column, text, look in groups]
    width, height = widest * CELL + 2 * MARGIN, BAR + LINE * len(lines) + 2 * MARGIN - LINE / 2
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img">')
    print(f"<title>{escape(title)}</title>\n<desc>drawn by ci/picture</desc>")
    print(f'<rect x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="10" fill="{GROUND}" stroke="{FRAME}"/>')
    print(f'<path d="M.5 {BAR - 6}V10.5a10 10 0 0 1 10-10H{width - 10.5:g}a10 10 0 0 1 10 10V{BAR - 6}z" fill="{HEAD}"/>')
    for i, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        print(f'<circle cx="{MARGIN + 4 + 20 * i}" cy="17.5" r="6" fill="{colour}"/>')
    print(f'<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',\'Liberation Mono\',monospace" '
          f'font-size="{SIZE}" fill="{INK}">')
    print("\n".join(body) + "\n</g>\n</svg>")


if __name__ == "__main__":
    main(*sys.argv[1:2])
