"""What one visitor may ask for: each bound has a name and a number, and is refused by a sentence that names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from odenets.errors import OdenetsError


class Bound(NamedTuple):
    """The most of something: a number, what is counted, and where more is to be had."""

    most: int
    counted: str
    repair: str


LIBRARY = "the library itself takes more"
SHORTER = "send less"
BOUNDS = {
    "stages": Bound(36, "stages", LIBRARY),
    "states": Bound(12, "states", LIBRARY),
    "order": Bound(8, "as the order of a modified equation", "`odenets modified` says which orders are within reach"),
    "characters": Bound(20_000, "characters in a design", "write it shorter"),
    "digits": Bound(60, "digits in a number", "round it first"),
    "bytes": Bound(64 * 1024, "bytes in a request", SHORTER),
    "snapshot": Bound(4 * 1024 * 1024, "bytes in a snapshot", "show less before you save one"),
    "seconds": Bound(10, "seconds of work for a view", "take a smaller scheme or a lower order"),
    "views": Bound(24, "views in one request", SHORTER),
    "depth": Bound(32, "lists and objects inside one another", "write it flatter"),
    "memory": Bound(2048, "megabytes of memory for a view", "take a smaller scheme or a lower order"),
}
CONTROLS = {chr(i) for i in range(32)} - set("\n\r\t")


def refuse(name: str, found: object = None) -> OdenetsError:
    """The error that says a bound: refuse("stages", 40) is "40 is too much: the page takes at most 36 stages; …"."""
    most, counted, repair = BOUNDS[name]
    begin = "" if found is None else f"{found} is too much: "
    return OdenetsError(f"{begin}the page takes at most {most} {counted}; {repair}")


def check(name: str, found: int) -> None:
    """Raises OdenetsError where a count is beyond the bound of that name."""
    if found > BOUNDS[name].most:
        raise refuse(name, found)


# ---- JSON from outside ---------------------------------------------------------------------------------------------


def read_json(body: bytes, *, floats: bool = False) -> Any:
    """JSON of a request, in UTF-8: no key twice, no NaN, nothing nested beyond the bound, no half characters.

    floats: decimals become floats; otherwise they stay text, so that "0.1" is read exactly.
    Raises OdenetsError, one sentence, for all that is none.
    """
    try:
        text = body.decode()
        value = json.loads(
            text,
            parse_float=finite if floats else str,
            parse_int=whole,
            parse_constant=constant,
            object_pairs_hook=once,
        )
        for depth, word in parts(value):
            check("depth", depth)
            printable(word)
    except OdenetsError:
        raise
    except UnicodeError:
        raise OdenetsError("the request is no text in UTF-8: send JSON in UTF-8") from None
    except ValueError as error:
        raise OdenetsError(f"the request is no JSON: {error}") from None
    except RecursionError:
        raise refuse("depth") from None
    return value


def parts(value: Any) -> Iterator[tuple[int, str]]:
    """(depth, text) of every part of a JSON value, "" for what is no text. Not recursive: the value may be deep."""
    rest = [(value, 0)]
    while rest:
        part, depth = rest.pop()
        yield depth, part if isinstance(part, str) else ""
        if isinstance(part, dict):
            rest += [(x, depth + 1) for pair in part.items() for x in pair]
        elif isinstance(part, list):
            rest += [(x, depth + 1) for x in part]


def printable(word: str) -> None:
    if not word.isprintable():
        word.encode()  # UnicodeEncodeError for half of a surrogate pair
        if odd := [x for x in word if x in CONTROLS]:
            raise OdenetsError(f"a text of the request holds the character {odd[0]!r}: leave it out")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def whole(text: str) -> int:
    check("digits", len(text.lstrip("-")))
    return int(text)


def finite(text: str) -> float:
    if abs(value := float(text)) == float("inf"):
        raise ValueError(f"{text[:20]} is no number of a sensible size")
    return value


def canonical(value: Any) -> str:
    """JSON in one spelling: equal values give equal texts, however their keys were ordered."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
