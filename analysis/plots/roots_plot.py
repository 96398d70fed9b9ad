"""Characteristic roots in the unit circle: what a scheme does to its history as h → 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import hypot
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from analysis.errors import AnalysisError
from analysis.plots.labels import Box, around, places
from analysis.plots.style import BLUE, GREY, INK, ORANGE, VERMILLION, captioned, styled, text_width

Roots = Sequence[tuple[complex, int]]
ON = 1e-9  # how far from 1 the modulus of a root on the circle is computed
SIZE = 8.0  # points of a label
FAR = 0.3  # inches from a mark to its label beyond which a line joins them
LINE = 0.02  # inches that a line takes
MOST = 12
LOOKS: dict[str, dict[str, Any]] = {
    "principal root 1": {"marker": "o", "color": INK, "ms": 7},
    "parasitic root inside: dies out": {"marker": "o", "color": BLUE, "ms": 6},
    "on the circle: neither dies out nor grows": {"marker": "D", "color": ORANGE, "ms": 6.5, "mec": INK},
    "outside, or multiple on the circle: grows": {"marker": "X", "color": VERMILLION, "ms": 8.5, "mec": INK},
}
PRINCIPAL, INSIDE, WEAK, GROWING = LOOKS
CAPTION = (
    "The roots ζ of the characteristic polynomial ρ(ζ), that is, the eigenvalues of V: for small h one step multiplies "
    "each mode of the kept history by its ζ. The root 1 carries the solution; every other one is an artefact that must "
    "die out (inside the unit circle). The scheme is zero-stable when no root is outside and those on the circle are "
    "simple (or have as many eigenvectors). |ζ| tells how fast a mode dies out or grows each step; of two conjugate "
    "roots the upper is labelled. “3-fold” counts coinciding roots."
)


@styled()
def characteristic_roots(
    roots: Roots | Mapping[str, Roots],
    *,
    title: str,
    stable: bool | Mapping[str, bool] | None = None,
    caption: str = CAPTION,
) -> Figure:
    """Roots with their multiplicities in the unit circle, a panel a scheme.

    roots: pairs (ζ, multiplicity), several schemes as {name: pairs}; stable: the verdict, where a multiple root on
    the circle may have as many eigenvectors (RevNet's double 1) and so not grow; by the roots alone unless said.
    Raises AnalysisError for no roots, a multiplicity below 1, roots that are not finite, more than 12 schemes.
    Source: Butcher, Numerical Methods for ODEs, section 510; Hairer, Nørsett, Wanner I, III.3.
    """
    schemes = {k: read(k, v) for k, v in (roots if isinstance(roots, Mapping) else {"": roots}).items()}
    if not 1 <= len(schemes) <= MOST:
        raise AnalysisError(
            f"{len(schemes)} schemes were given, one figure shows 1 to {MOST}: draw the rest in another"
        )
    verdicts = stable if isinstance(stable, Mapping) else dict.fromkeys(schemes, stable)
    kinds = {kind(value, m, verdicts.get(name)) for name, found in schemes.items() for value, m in found}
    keys = [Line2D([], [], ls="", label=text, **look) for text, look in LOOKS.items() if text in kinds]
    figure, panels = grid(len(schemes), keys, caption, title)
    for axes, (name, found) in zip(panels, schemes.items(), strict=True):
        draw_panel(axes, found, verdicts.get(name))
        axes.set_title("\n".join(filter(None, [name, verdict(found, verdicts.get(name))])), size=9)
    return figure


def grid(count: int, keys: list[Line2D], caption: str, title: str) -> tuple[Figure, list[Axes]]:
    """Square panels, three in a row, placed to the inch, so that labels can be; the key below them."""
    columns = min(count, 3)
    side = 4.2 if columns == 1 else 3.3  # inches of a panel
    across, down, rows = side + 0.75, side + 0.95, -(-count // columns)
    width, height = max(columns * across + 0.1, 4.9), rows * down + 0.5 + 0.2 * -(-len(keys) // 2)
    figure, _ = captioned(width, height, caption, title)
    tall = figure.get_figheight()
    corners = [(0.65 + i % columns * across, tall - 0.85 - side - i // columns * down) for i in range(count)]
    panels = [figure.add_axes((x / width, y / tall, side / width, side / tall)) for x, y in corners]
    corner = (0, (tall - height) / tall)
    figure.legend(handles=keys, loc="lower left", bbox_to_anchor=corner, ncols=2, borderaxespad=0.2)
    return figure, panels


def read(name: str, roots: Roots) -> list[tuple[complex, int]]:
    found = [(complex(value), multiplicity) for value, multiplicity in roots]
    if not found:
        raise AnalysisError(f"{name or 'the scheme'} has no roots, give one pair (value, multiplicity) for each")
    for value, multiplicity in found:
        if not np.isfinite(value) or multiplicity < 1:
            raise AnalysisError(
                f"{name or 'the scheme'} has the root {value} with multiplicity {multiplicity}, "
                "a root is finite and counted at least once"
            )
    return found


def draw_panel(axes: Axes, roots: list[tuple[complex, int]], stable: bool | None) -> None:
    """The circle, the marks and their labels, far ones with a line to their mark."""
    reach = max(1.3, 1.25 * max(abs(value) for value, _ in roots))
    axes.add_patch(Circle((0, 0), 1, fc="#F2F6FA", ec=GREY, lw=1, zorder=0, gid="unit circle"))
    axes.axhline(0, color=GREY, lw=0.6, zorder=0.5)
    axes.axvline(0, color=GREY, lw=0.6, zorder=0.5)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="Re ζ, no unit", ylabel="Im ζ, no unit")
    side = axes.bbox.width / axes.figure.dpi
    inches = side / 2 / reach  # a unit
    sorts = [kind(value, m, stable) for value, m in roots]
    labels = [text(value, m, sort, roots) for (value, m), sort in zip(roots, sorts, strict=True)]
    points = [(value.real * inches, value.imag * inches) for value, _ in roots]
    spots = places(points, labels, SIZE, lines(inches, side), (-side / 2, -side / 2, side / 2, side / 2))
    for (value, _), sort, label, point, spot in zip(roots, sorts, labels, points, spots, strict=True):
        axes.plot(value.real, value.imag, ls="", **LOOKS[sort], zorder=4, gid=f"root {value:.6g}")
        if not label:
            continue
        colour = VERMILLION if sort == GROWING else INK
        x, y = spot[0] / inches, spot[1] / inches
        axes.text(x, y, label, size=SIZE, ha="center", va="center", color=colour, zorder=5, gid="label")
        if hypot(spot[0] - point[0], spot[1] - point[1]) > FAR + text_width(label, SIZE) / 2:
            axes.plot([value.real, x], [value.imag, y], color=GREY, lw=0.6, zorder=1, gid="leader")


def lines(inches: float, side: float) -> list[Box]:
    """What labels keep clear of: the axes and the unit circle, as boxes."""
    turns = np.linspace(0, 2 * np.pi, 73)
    circle = [around((inches * float(np.cos(t)), inches * float(np.sin(t))), LINE, LINE) for t in turns]
    return [around((0, 0), side, LINE), around((0, 0), LINE, side), *circle]


def kind(value: complex, multiplicity: int, stable: bool | None) -> str:
    size = abs(value)
    if size > 1 + ON or (size >= 1 - ON and multiplicity > 1 and not stable):
        return GROWING
    if abs(value - 1) <= ON:
        return PRINCIPAL
    return WEAK if size >= 1 - ON else INSIDE


def verdict(roots: Iterable[tuple[complex, int]], stable: bool | None) -> str:
    kinds = {kind(value, m, stable) for value, m in roots}
    if stable is False or GROWING in kinds:
        return "not zero-stable"
    return "zero-stable, weakly" if WEAK in kinds else "zero-stable, strictly"


def text(value: complex, multiplicity: int, sort: str, roots: Iterable[tuple[complex, int]]) -> str:
    """What a mark is labelled with, nothing for the lower of two conjugates."""
    paired = any(abs(other.conjugate() - value) <= ON for other, _ in roots)
    if value.imag < -ON and paired:
        return ""
    times = f", {multiplicity}-fold" if multiplicity > 1 else ""
    real = f"{round(value.real, 9) + 0.0:.4g}".replace("-", "−")  # no -0, no 1e-17
    sign = "±" if paired else "+" if value.imag > 0 else "−"
    if abs(value.imag) <= ON:
        label = f"{real} outside" if abs(value) > 1 + ON else real
    elif sort == GROWING:
        label = f"{real} {sign} {abs(value.imag):.4g}i, |ζ| = {abs(value):.4g}"
    else:
        label = f"|ζ| = {abs(value):.3g}"
    return label + times
