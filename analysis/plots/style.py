"""One look for all figures: palette, sizes, a caption under the panels, and a save that is atomic and repeatable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EISDIR, ENOENT, ENOTDIR
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from analysis.errors import AnalysisError

# Okabe and Ito's colours (colour-blind safe); neighbours in the order also differ in lightness, for grey print.
BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"
INK, GREY = "#222222", "#777777"
SERIES = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY)
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
EPOCHS = LinearSegmentedColormap.from_list("epochs", ["#C6DBEF", "#6BAED6", "#08306B"])  # light to dark
DEPTH = LinearSegmentedColormap.from_list("depth", ["#FDB42F", "#E16462", "#8F0DA4", "#0D0887"])  # shallow to deep

CAPTION_SIZE = 8.5
TITLE_SIZES = (12.0, 10.0)
BOLD = 1.2  # how much wider than the regular letters the bold ones are at most
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # shipped with matplotlib: the same widths on every machine
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "hatch.linewidth": 0.5,
    "savefig.dpi": 160,
    "svg.hashsalt": "odenets",
}
# What a writer would otherwise stamp into the file: the date, and the library's version.
METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's defaults and the style above inside, the caller's settings again after; also a decorator."""
    with matplotlib.style.context(["default", STYLE]):
        yield


def captioned(width: float, height: float, caption: str, title: str = "") -> tuple[Figure, SubFigure]:
    """A figure with a title and, under the panels, its caption; width and height (of the panels) in inches.

    The panels go into the returned SubFigure.
    """
    text = wrapped(caption, width - 0.4)
    below = (text.count("\n") + 2) * 1.25 * CAPTION_SIZE / 72
    figure = Figure(figsize=(width, height + below), layout="constrained")
    panels, foot = np.ravel(np.asarray(figure.subfigures(2, 1, height_ratios=[height, below])))
    if title:
        shown, size = fitted(title, width * 0.97)
        panels.suptitle(shown, fontsize=size, fontweight="bold", x=0.02, ha="left", gid="title")
    foot.text(0.15 / width, 1, text, fontsize=CAPTION_SIZE, va="top", linespacing=1.25, gid="caption")
    return figure, panels


def fitted(title: str, width: float) -> tuple[str, float]:
    """A bold title and its size in points, smaller or shortened at its end where it is wider than `width` inches."""
    for size in TITLE_SIZES:
        if BOLD * text_width(title, size) <= width:
            return title, size
    words = title.split()
    while len(words) > 1 and BOLD * text_width(" ".join([*words, "…"]), size) > width:
        words.pop()
    return " ".join([*words, "…"]), size


def wrapped(text: str, width: float) -> str:
    """Paragraphs broken between words to lines of at most `width` inches in the caption's size."""
    space = 0.5 * CAPTION_SIZE / 72  # a blank, and what hinting and the bearings of letters add to a word's ink
    lines = []
    for paragraph in text.splitlines():
        line, room = "", width
        for word in paragraph.split():
            need = text_width(word, CAPTION_SIZE)
            if line and need > room:
                lines.append(line)
                line, room = "", width
            line = f"{line} {word}" if line else word
            room -= need + space
        lines.append(line)
    return "\n".join(lines)


@cache
def text_width(label: str, size: float) -> float:
    """Inches of a label, which may hold mathematics, set in DejaVu Sans of `size` points."""
    return (
        float(TextPath((0, 0), label, size=size, prop=FontProperties(family="DejaVu Sans")).get_extents().width) / 72
        if label
        else 0.0
    )


def savable(path: str | Path) -> Path:
    """The path of a figure to come. Raises AnalysisError for another suffix than .png, .svg or .pdf, and no folder."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in METADATA:
        raise AnalysisError(f"{path}: a figure cannot be saved as {suffix!r}, name the file .png, .svg or .pdf")
    if path.is_dir() or not path.parent.is_dir():
        why = EISDIR if path.is_dir() else ENOTDIR if path.parent.exists() else ENOENT
        raise AnalysisError(f"{path}: the figure cannot be written ({os.strerror(why)}), choose another folder")
    return path


@styled()
def save(figure: Figure, path: str | Path) -> Path:
    """Write a .png (160 dots an inch), .svg or .pdf, whole or not at all; equal figures give equal bytes.

    Raises AnalysisError for another suffix and where the folder cannot be written.
    """
    path = savable(path)
    suffix = path.suffix.lower()
    written = BytesIO()
    figure.savefig(written, format=suffix[1:], metadata=METADATA[suffix])
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        half.write_bytes(written.getvalue())
        os.replace(half, path)
    except OSError as error:
        raise AnalysisError(
            f"{path}: the figure cannot be written ({error.strerror}), choose another folder"
        ) from error
    finally:
        if half.parent.is_dir():
            half.unlink(missing_ok=True)
    return path
