"""What the tests of figures share: the texts that are seen, and whether they are clear of each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import plots


def assert_texts_are_clear(draw: Callable[[], Figure]) -> Figure:
    """No text is cut by the figure's edge, none covers another, and matplotlib has nothing to warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns where a layout collapses and where a glyph is missing
        figure = draw()
        renderer = rendered(figure)
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts(figure)]
    for i, (text, box) in enumerate(boxes):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        assert inside, f"{text!r} at {box.extents} in a figure of {figure.bbox.extents}"
        for other, its in boxes[:i]:
            across, along = min(box.x1, its.x1) - max(box.x0, its.x0), min(box.y1, its.y1) - max(box.y0, its.y0)
            assert min(across, along) < 1, f"{text!r} covers {other!r} by {across:.0f} × {along:.0f} pixels"
    return figure


def assert_repeatable(draw: Callable[[], Figure], folder: Path) -> None:
    one, two = (plots.save(draw(), folder / f"{name}.svg").read_bytes() for name in "ab")
    assert one == two


def rendered(figure: Figure) -> Any:
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.get_renderer()


def texts(figure: Figure) -> list[Text]:
    """Every text that is seen; axes keep texts of ticks outside their limits, which are not drawn."""
    unseen = {id(text) for axes in figure.axes for text in unseen_ticks(axes)}
    hidden = {id(text) for axes in figure.axes if not axes.axison for text in axes.xaxis.findobj(Text)}
    hidden |= {id(text) for axes in figure.axes if not axes.axison for text in axes.yaxis.findobj(Text)}
    return [t for t in figure.findobj(Text) if t.get_text() and t.get_visible() and id(t) not in unseen | hidden]


def unseen_ticks(axes: Any) -> Iterator[Text]:
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


def by_gid(figure: Figure, gid: str) -> list[Any]:
    return list(figure.findobj(lambda artist: artist.get_gid() == gid))


def words(figure: Figure) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in texts(figure))
