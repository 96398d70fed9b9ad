"""Short formulas as segments that an SVG text draws: plain, raised, lowered, and fractions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LETTERS = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
GREEK = {name: chr(0x3B1 + i) for i, name in enumerate(LETTERS)}
SIGNS = {"cdot": "·", "left": "", "right": "", "to": "→", ",": "\u2009", "hat": ""}
TOKEN = re.compile(r"\\([A-Za-z]+|,)\s*|([_^{}])|([^\\_^{}]+)")
UPRIGHT = re.compile(r"\\mathrm\{([^{}]*?)_*\}")  # the name lam_1 is \mathrm{lam_}_{1}
FRACTION = re.compile(r"t?frac")

Segment = dict[str, str]


def segments(latex: str) -> list[Segment]:
    """[{"text", "at": "" | "sub" | "sup"} | {"over", "under"}] of a label in LaTeX; texts are plain Unicode."""
    return [dict(segment) for segment in read(latex.strip("$"))]


@lru_cache(maxsize=4096)
def read(latex: str) -> tuple[Any, ...]:
    latex = UPRIGHT.sub(r"{\1}", latex)
    tokens = [x.strip() if (x := match[0]).startswith("\\") else x for match in TOKEN.finditer(latex)]
    found, rest = run(tokens, "")
    assert not rest, latex
    return tuple(tuple(segment.items()) for segment in joined(found))


def run(tokens: list[str], at: str) -> tuple[list[Segment], list[str]]:
    """The segments up to the closing brace, and the tokens behind it."""
    found: list[Segment] = []
    while tokens:
        token, *tokens = tokens
        command = token[1:] if token.startswith("\\") else ""
        if token == "}":
            break
        if token in ("_", "^"):
            part, tokens = argument(tokens)
            found.append({"text": part, "at": "sub" if token == "_" else "sup"})
        elif FRACTION.fullmatch(command):
            over, tokens = argument(tokens)
            under, tokens = argument(tokens)
            found.append({"over": over, "under": under})
        elif token == "{":
            inner, tokens = run(tokens, at)
            found += inner
        else:
            found.append(
                {"text": GREEK.get(command) or SIGNS.get(command, command) if command else plain(token), "at": at}
            )
    return found, tokens


def argument(tokens: list[str]) -> tuple[str, list[str]]:
    """What stands in the braces that follow, as plain text."""
    if tokens and tokens[0] == "{":
        found, tokens = run(tokens[1:], "")
    else:
        found, tokens = run(tokens[:1], "")[0], tokens[1:]
    return flat(found), tokens


def flat(found: list[Segment]) -> str:
    """Segments in a line: a fraction with a slash, a power with ^."""
    texts = []
    for segment in found:
        if "over" in segment:
            texts.append(f"{segment['over']}/{segment['under']}")
        else:
            texts.append(("^" if segment["at"] == "sup" else "") + segment["text"])
    return "".join(texts)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("-", "−")


def joined(found: list[Segment]) -> list[Segment]:
    """Neighbours of one kind as one segment."""
    out: list[Segment] = []
    for segment in found:
        if segment.get("text") == "":
            continue
        if out and "text" in segment and "text" in out[-1] and segment["at"] == out[-1]["at"]:
            out[-1] = {"text": out[-1]["text"] + segment["text"], "at": segment["at"]}
        else:
            out.append(segment)
    return out
