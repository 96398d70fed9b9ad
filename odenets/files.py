"""Files that are written whole or not at all, and the folders for them."""

from __future__ import annotations

import os
from pathlib import Path

from odenets.errors import OdenetsError


def write_whole(path: Path, text: str, repair: str) -> None:
    """Put a text in the place of a file; raises OdenetsError, with the repair, where that cannot be."""
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        half.write_text(text, encoding="utf-8")
        os.replace(half, path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise OdenetsError(f"{path} cannot be written: {error.strerror}; {repair}") from None


def make_folder(path: Path, repair: str) -> None:
    """Make a folder, and those above it; raises OdenetsError, with the repair, where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OdenetsError(f"{path} cannot be made: {error.strerror}; {repair}") from None
