"""The picture of a scheme beside its modified equations on a field: what goes from a scheme into the plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from odenets.errors import OdenetsError
from odenets.figures_shadow_words import axes, caption, mode_label, orders_label, plain

if TYPE_CHECKING:
    from analysis.parasites import Separation
    from analysis.plots.modified_plot import Curve, ParasiticLine, RateLine
    from analysis.shadowing import Rate, Shadow
    from schemes import Scheme

SMOOTH = 600  # points of a drawn curve
HIGHEST = 6  # orders of modified equations that are drawn
QUARTER = 4  # of the time shown, after which distances are measured: the flows of low order are not lost yet
STEPS = 30  # of the parasitic panel, at most
FINER = 4  # how much smaller its steps are than those shown
HALVINGS = 6  # of its step size
RESOLVED = 1e-4  # of the first parasitic component: what a smooth start may leave
FLOOR = 3.0  # times what a smooth start leaves: below, a parasitic component is not told from the smooth one


def shadow_picture(
    scheme: Scheme, label: str, f: Any, order: int = 4, h: float | None = None, time: float | None = None
) -> Any:
    """The points of a scheme on a field, the flows of its modified equations, rates, and parasitic components.

    f      an `analysis.examples.Example`
    order  of the highest modified equation; at least one more than the scheme's own, up to which all are the exact flow
    h      the step size shown; the largest with which the points are within 1 % of the highest flow, unless said
    time   that is shown, in t_n = nh; unless said that of the example over the effective step, halved until an h fits
    Raises OdenetsError for an order out of range and free parameters, AnalysisError where nothing can be followed.
    """
    import analysis
    from analysis import plots
    from analysis.shadowing import Shadow
    from analysis.trajectories import speeds

    random, scheme = bool(scheme.role("random")), scheme.mean()
    if not 1 <= order <= HIGHEST:
        raise OdenetsError(f"--order {order}: flows of modified equations are drawn from order 1 to {HIGHEST}")
    if free := sorted(scheme.symbols):
        raise OdenetsError(f"{label} has no steps while {free[0]} is free: fix it, for instance --set {free[0]}=1/3")
    moved = [float(w) for w in speeds(scheme)]
    shadow = Shadow(scheme, f, min(HIGHEST, max(order, analysis.order(scheme) + 1)))
    time = float(f.time) / max(map(abs, moved)) if time is None else time
    time, count = shadow.visible(time) if h is None else (time, max(1, round(time / h)))
    h, measured = time / count, max(1, count // QUARTER)
    rates = shadow.rates(h * measured, measured)
    fine, parasites = parasitic_lines(shadow, h / FINER)
    third = (fine, parasites[0].predicted is not None) if parasites else None
    return plots.modified_flows(
        plane(f, [i * h for i in range(count + 1)], shadow.points(h, count)),
        [curve(shadow, rate, h, time) for rate in rates],
        rates[0].steps,
        [rate_line(rate) for rate in rates],
        parasites,
        labels=axes(f),
        time=f"t = {h * measured:.3g}",
        title=f"{label} on {plain(f)}: h = {h:.3g}, t = 0 … {time:.3g}",
        caption=caption(shadow, label, moved, h, count, h * measured, third, random),
    )


def one_a_step(scheme: Scheme) -> None:
    """Raise OdenetsError for a coefficient a channel: a diagonal matrix, which does not commute with f'."""
    if p := next((p for p in scheme.coefficients if (p.kind, p.per) == ("learned", "channel")), None):
        raise OdenetsError(
            f"{scheme.name}: {p.name} is a coefficient a channel, which does not commute with f' and has no B-series: "
            f"fix {p.name} or take learned(…, step)"
        )


def plane(f: Any, times: Any, points: Any) -> tuple[Any, Any]:
    """A plane field's phase plane, of any other its first component over time."""
    return (points[:, 0], points[:, 1]) if len(f.variables) == 2 else (times, points[:, 0])


def curve(shadow: Shadow, rate: Rate, h: float, time: float) -> Curve:
    """The flow of a modified equation, as far as it goes where it ends before the time shown."""
    import numpy as np

    from analysis.errors import AnalysisError
    from analysis.plots.modified_plot import Curve

    while True:
        times = np.linspace(0, time, SMOOTH)
        try:
            orbit = shadow.flow(rate.orders[-1], h, times)
        except AnalysisError:
            time *= 0.8
        else:
            return Curve(orders_label(rate), *plane(shadow.f, times, orbit), exact=rate.orders[0] == 1)


def rate_line(rate: Rate) -> RateLine:
    from analysis.plots.modified_plot import RateLine

    exact = rate.orders[0] == 1
    return RateLine(orders_label(rate), rate.distances, rate.used, rate.fitted, rate.expected, exact)


def parasitic_lines(shadow: Shadow, h: float) -> tuple[float, list[ParasiticLine]]:
    """The step size, and a line a mode (one of two conjugate ones) or, where there is none, one for all the rest."""
    import numpy as np

    from analysis.plots.modified_plot import ParasiticLine
    from analysis.structure import structure
    from schemes import SchemeError

    scheme = shadow.scheme
    if len(structure(scheme).components) > 1 or len(scheme.V) == 1:
        return h, []
    try:
        h, found, floor = separated(shadow, h)
    except SchemeError:  # Euler cannot start it: there is no usual start to look at
        return h, []

    def resolved(sizes: Any) -> int:
        below = np.flatnonzero(sizes <= FLOOR * np.maximum.accumulate(floor))
        return int(below[0]) if len(below) else len(sizes)

    modes = [m for m in found.modes if complex(m.root.value).imag >= 0]
    if not modes:
        return h, [ParasiticLine("everything but S(y)", found.rest[: resolved(found.rest)])]
    sizes = [np.linalg.norm(m.values, axis=1) for m in modes]
    return h, [
        ParasiticLine(mode_label(m.root), z[: resolved(z)], np.linalg.norm(m.predicted, axis=1)[: resolved(z)])
        for m, z in zip(modes, sizes, strict=True)
    ]


def separated(shadow: Shadow, h: float) -> tuple[float, Separation, Any]:
    """The separation from the usual start and the rest of one from a smooth start, h halved until they differ."""
    from analysis.errors import AnalysisError
    from analysis.parasites import separation
    from analysis.trajectories import smooth_start

    scheme, f, u0, order = shadow.scheme, shadow.f, shadow.u0, shadow.order + 2
    for _ in range(HALVINGS):
        try:
            found = separation(scheme, f, u0, h, STEPS, order)
            floor = separation(scheme, f, smooth_start(scheme, f, u0, h, order), h, STEPS, order).rest
            if floor.max() <= RESOLVED * found.rest[0]:
                return h, found, floor
        except AnalysisError:
            pass
        h /= 2
    raise OdenetsError(
        f"{scheme.name}: its parasitic components cannot be told from its smooth one at h = {2 * h:.2g} and above"
    )
