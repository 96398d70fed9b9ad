"""Labels beside marks, where they cover neither each other nor a mark; all lengths in inches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import cos, hypot, pi, sin

from analysis.plots.style import text_width

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top
MARK = 0.07  # half the side of a mark
GAP = 0.03
DIRECTIONS = 16


def places(
    points: Sequence[Point], labels: Sequence[str], size: float, lines: Iterable[Box], frame: Box
) -> list[Point]:
    """The centre of each label: the place nearest to its mark, outwards first, that is free and in the frame.

    `size` of the labels in points; lines: what else they keep clear of. An empty label takes no room; one that fits
    nowhere is put outwards all the same.
    """
    taken = [*lines, *(around(point, 2 * MARK, 2 * MARK) for point in points)]
    found: list[Point] = []
    for point, label in zip(points, labels, strict=True):
        width, height = text_width(label, size) + GAP, 1.3 * size / 72
        tries = list(candidates(point, width, height))
        free = (c for c in tries if fits(around(c, width, height), taken, frame))
        found.append(next(free, tries[0]))
        if label:
            taken.append(around(found[-1], width, height))
    return found


def candidates(point: Point, width: float, height: float) -> Iterator[Point]:
    """Centres on rings around the mark, from the direction away from the origin to both sides."""
    x, y = point
    far = hypot(x, y)
    outward = (x / far, y / far) if far > 1e-6 else (0.6, -0.8)
    turns = [sign * i * 2 * pi / DIRECTIONS for i in range(DIRECTIONS // 2 + 1) for sign in (1, -1)][1:]
    for ring in range(8):
        for turn in turns:
            across = outward[0] * cos(turn) - outward[1] * sin(turn)
            along = outward[0] * sin(turn) + outward[1] * cos(turn)
            reach = MARK + GAP + 0.12 * ring
            yield x + across * (reach + width / 2), y + along * (reach + height / 2)


def around(centre: Point, width: float, height: float) -> Box:
    x, y = centre
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def fits(box: Box, taken: Iterable[Box], frame: Box) -> bool:
    inside = frame[0] <= box[0] and frame[1] <= box[1] and box[2] <= frame[2] and box[3] <= frame[3]
    return inside and not any(overlap(box, other) for other in taken)


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
