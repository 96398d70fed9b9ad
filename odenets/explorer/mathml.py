"""Formulas as MathML in pieces: a browser breaks lines between them, as it does between words."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from odenets.explorer.labels import UPRIGHT

ENTITY = re.compile(r"&#x0*([0-9A-Fa-f]+);")
LEADS, ENDS = re.compile(r"^<math><mrow><mo>"), re.compile(r"<mo>([=≈→])</mo></mrow></math>$")
MARKUP = {"&", "<", ">"}
PRIMED = re.compile(r"<msup>(<mi>[^<]*</mi>)<mi>([′″‴⁗])</mi></msup>")
FACTOR = re.compile(r"(h(?:\^\{\d+\})?) (?=\d)")  # h 6 f'f would be read as h6


def pieces(latex: str) -> list[str]:
    """The MathML of a line of LaTeX, cut behind its relation and before every + and − that stands in no braces.

    A bracket may begin in one piece and end in another. latex: a row of align*.
    """
    text = latex.replace("&", "").replace("\\quad", "").replace("\\left[", "[").replace("\\right]", "]")
    text = FACTOR.sub(r"\1 \\cdot ", re.sub(r"\\(?:left|right)\s*\.", "", text))
    return [fragment(part) for part in cut(text) if part.strip()]


def cut(text: str) -> list[str]:
    """The text in parts that begin with " + " or " - ", or end with " = ", outside of {…} and \\left( … \\right)."""
    parts, start, depth = [], 0, 0
    for match in re.finditer(r"\\left\b|\\right\b|\\?[{}]| = | [-+] ", text):
        token = match[0]
        if token in ("{", "\\left"):
            depth += 1
        elif token in ("}", "\\right"):
            depth -= 1
        elif depth == 0 and token.startswith(" "):
            place = match.end() if token == " = " else match.start()
            parts.append(text[start:place])
            start = place
    return [*parts, text[start:]]


@lru_cache(maxsize=20_000)
def fragment(latex: str) -> str:
    """ "<math>…</math>" of a piece of LaTeX; its leading or trailing operator keeps the blanks of one between terms."""
    from latex2mathml.converter import convert

    try:
        found = convert(UPRIGHT.sub(r"\\text{\1}", latex.strip()))
    except Exception:  # the converter has a dozen exceptions, and a name of a visitor's may meet any of them
        return f"<math><mtext>{escape(latex.strip())}</mtext></math>"
    found = re.sub(r"^<math[^>]*>", "<math>", found)
    found = ENTITY.sub(lambda m: x if (x := chr(int(m[1], 16))) not in MARKUP else m[0], found)
    found = PRIMED.sub(r'\1<mo lspace="0" rspace="0">\2</mo>', found)  # a font's ′ is raised by itself
    if latex.startswith((" + ", " - ")):
        found = LEADS.sub('<math><mrow><mo form="infix">', found)
    return ENDS.sub(r'<mo form="infix">\1</mo></mrow></math>', found)
