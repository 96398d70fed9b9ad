"""Order stars: where a scheme's factor of one step is larger than the exact one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from scipy.ndimage import binary_opening

from analysis.plots.plane import Given, dot_origin, draw_edge, looks, read, window
from analysis.plots.style import styled

NOISE = 1e-14  # of log |R e^-z|; next to the origin a scheme of high order differs from e^z by less
CAPTION = (
    "The order star. Shaded: the steps hλ at which the scheme multiplies a solution of u' = λu by more, in size, than "
    "the exact factor: |R(hλ)| > |exp(hλ)|; in the white part by less. At the origin (dot; around it nothing is "
    "drawn where the two agree to rounding) p+1 shaded fingers meet, with p+1 white ones between them: p is the "
    "order. A shaded island that ends inside the plane holds a pole "
    "of R, a white one a zero. A scheme is A-stable when no shading lies on the vertical axis and no pole lies left of "
    "it. With several states R is the largest root. Source: Wanner, Hairer, Nørsett, BIT 18 (1978) 475–489."
)
SIDES = (
    " Of several schemes only the edges are drawn; the short ticks on an edge point into the part that is shaded where "
    "a scheme is drawn alone."
)


@styled()
def order_star(
    x: npt.ArrayLike, y: npt.ArrayLike, relative: Given, *, title: str, caption: str | None = None
) -> Figure:
    """The order star {z : |R(z) e^-z| > 1} over Re z = x, Im z = y, z = hλ: filled for one scheme, edges for several.

    relative: (len(y), len(x)), |R(z) e^-z|, or |R(z)|/|e^(wz)| with an effective step w; several as {name: relative}.
    Raises AnalysisError where shapes do not fit and for more than six schemes.
    Source: Wanner, Hairer, Nørsett, BIT 18 (1978); Hairer, Wanner, Solving ODEs II, IV.4.
    """
    x, y, stars = read(x, y, relative, "relative")
    several = len(stars) > 1
    figure, axes = window(x, y, looks(stars), title, caption or CAPTION + SIDES * several)
    for name, colour, dash in looks(stars):
        level = -np.log(np.maximum(stars[name], np.finfo(float).tiny))
        level[binary_opening(np.abs(level) < NOISE, np.ones((2, 2)))] = np.nan  # not the axis of a symmetric scheme
        if not several:
            axes.contourf(x, y, level, levels=[-1e3, 0], colors=[colour], alpha=0.3).set_gid(f"star {name}")
        draw_edge(axes, x, y, level, colour, dash, several, f"edge {name}")
    dot_origin(axes)
    return figure
