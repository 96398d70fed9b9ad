"""What schemes make of waves: damping and speed on the advection equation, damping on the heat equation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy.typing as npt
from matplotlib.figure import Figure

from analysis.errors import AnalysisError
from analysis.plots.style import DASHES, SERIES, captioned, styled

CAPTION = (
    "Waves exp(ijθ) on the points j of a periodic grid, θ their wave number times the grid width: 0 is constant, π "
    "changes sign from point to point. Each panel shows the rate log ζ/H at which schemes with one effective step H "
    "make a wave grow (left, right) or turn (middle), in units of 1/time; grey is the differential equation "
    "by lines. Left: "
    "advection has no damping; the first error of a scheme, c H times a second derivative in time, makes waves grow "
    "where c < 0, since λ² < 0. Middle: the later terms change the speed. Right: on the heat equation λ² > 0, and the "
    "same term damps more than diffusion does. A curve is level where the principal and a parasitic root have met, and "
    "leaves the panel where a step sets a wave to zero."
)
PANELS = (
    ("Advection: growth", "growth rate Re (1/time)"),
    ("Advection: speed", "angular frequency −Im (1/time)"),
    ("Heat: growth", "growth rate Re (1/time)"),
)


@styled()
def waves(
    theta: npt.ArrayLike,
    exact: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
    schemes: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]],
    *,
    title: str,
) -> Figure:
    """Growth and frequency of waves: three panels, in each the exact curve and one a scheme over θ in [0, π].

    exact, schemes[name]: growth on advection, frequency on advection, growth on heat.
    Raises AnalysisError for more than six schemes. Source: Trefethen, SIAM Review 24 (1982) 113–136.
    """
    if len(schemes) > len(SERIES):
        raise AnalysisError(
            f"{len(schemes)} schemes in a picture of waves: {len(SERIES)} can be told apart, take fewer"
        )
    figure, panels = captioned(12.5, 3.8, CAPTION, title)
    for i, (axes, (name, label)) in enumerate(zip(panels.subplots(1, 3), PANELS, strict=True)):
        axes.plot(theta, exact[i], color="0.75", linewidth=4, label="differential equation")
        for (scheme, curves), colour, dash in zip(schemes.items(), SERIES, DASHES, strict=False):
            axes.plot(theta, curves[i], color=colour, linestyle=dash, linewidth=1.8, label=scheme)
        axes.set(xlabel="wave number times grid width θ", ylabel=label, xlim=(0, 3.1416))
        axes.set_title(name, loc="left")
        axes.set_xticks([0, 0.7854, 1.5708, 2.3562, 3.1416], ["0", "π/4", "π/2", "3π/4", "π"])
        axes.grid(alpha=0.25, linewidth=0.5)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    panels.legend(handles, labels, loc="outside lower left", ncols=len(labels))
    return figure
