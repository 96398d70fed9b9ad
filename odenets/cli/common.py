"""What several commands share: consoles, JSON, name=value options."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


@cache
def console(error: bool = False) -> Console:
    """The console of standard output, or of standard error."""
    from rich.console import Console  # 40 ms

    made = Console(stderr=error, highlight=False)
    if not made.is_terminal:
        made.width = 140  # a pipe has no width; 80 columns would fold names
    return made


def print_json(value: Any) -> None:
    from odenets.export import spelled

    sys.stdout.write(json.dumps(spelled(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_text(text: str) -> None:
    """Text as it is: no wrapping, no markup; tables of numbers and source survive a narrow terminal."""
    sys.stdout.write(text + "\n")


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Iterable[int] = ()) -> None:
    """A table on standard output; columns in `numbers` are set flush right."""
    console().print(table(title, header, rows, numbers))


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Iterable[int] = ()) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    right = set(numbers)
    for i, name in enumerate(header):
        made.add_column(name, justify="right" if i in right else "left", overflow="fold", no_wrap=i == 0 or i in right)
    for row in rows:
        made.add_row(*(Text(str(cell)) for cell in row))  # as Text, [n+1] is no markup
    return made


def assignments(pairs: Sequence[str], option: str = "--set") -> Mapping[str, str]:
    """["k=-1/2"] as {"k": "-1/2"}."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise OdenetsError(f"{option} {pair}: write it as {option} name=value")
        if name in found:
            raise OdenetsError(f"{option} {name} is given twice, keep one")
        found[name] = value
    return found
