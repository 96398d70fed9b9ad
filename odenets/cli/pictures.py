"""The pictures of schemes that several commands draw: what goes from a scheme into a plot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from schemes import Scheme

POINTS = 401  # a side of the grid
ADVECTION_STEP, HEAT_STEP = 0.5, 0.1  # small enough for the stability of most, large enough to see them apart
WIDEST, UNBOUNDED = 30.0, 12.0  # of |hλ|: at most, and of regions without bound

Schemes = Mapping[str, "Scheme"]


def window(schemes: Schemes) -> tuple[Any, Any]:
    """Axes of a grid that holds the bounded regions, or some of the unbounded ones if there are no others."""
    import numpy as np

    from analysis import imaginary_interval, real_interval

    ends = [max(abs(float(f(s).low)) for f in (real_interval, imaginary_interval)) for s in schemes.values()]
    reach = min(max((1.5 * end + 1 for end in ends if isfinite(end)), default=UNBOUNDED), WIDEST)
    return np.linspace(-reach, reach / 3, POINTS), np.linspace(-reach * 2 / 3, reach * 2 / 3, POINTS)


def title(kind: str, schemes: Schemes) -> str:
    return f"{kind}{'s' if len(schemes) > 1 else ''} of {', '.join(schemes)}"


def growths(schemes: Schemes, x: Any, y: Any) -> dict[str, Any]:
    from analysis import spectral_radius

    return {name: spectral_radius(s, x[None, :] + 1j * y[:, None]) for name, s in schemes.items()}


def region(schemes: Schemes) -> Any:
    """The stability regions on a grid that holds them."""
    from analysis import plots

    x, y = window(schemes)
    return plots.stability_region(x, y, growths(schemes, x, y), title=title("Stability region", schemes))


def star(schemes: Schemes) -> Any:
    """The order stars |R(z)| > |exp(wz)|, w the effective step."""
    import numpy as np

    from analysis import effective_step, plots

    x = y = np.linspace(-5, 5, POINTS)
    relative = {
        name: growth / np.exp(float(effective_step(schemes[name])) * x[None, :])
        for name, growth in growths(schemes, x, y).items()
    }
    return plots.order_star(x, y, relative, title=title("Order star", schemes))


def roots(schemes: Schemes) -> Any:
    """The roots at h = 0 in the unit circle."""
    from analysis import plots, zero_stability

    found = {name: zero_stability(s) for name, s in schemes.items()}
    return plots.characteristic_roots(
        {name: [(complex(root.value), root.multiplicity) for root in z.roots] for name, z in found.items()},
        title=f"Characteristic roots of {', '.join(schemes)}",
        stable={name: z.stable for name, z in found.items()},
    )


def errors(schemes: Schemes) -> Any:
    """Principal errors at equal work."""
    from analysis import evaluations, order, plots, principal_error_norm

    found = {
        name: (order(s), sum(evaluations(s).values()), float(principal_error_norm(s))) for name, s in schemes.items()
    }
    return plots.error_chart(found)


def waves(schemes: Schemes) -> Any:
    """Growth and speed of waves on the advection and the heat equation, at one effective step."""
    import numpy as np

    from analysis import plots, wave_rates

    theta = np.linspace(0, np.pi, 129)
    advection, heat = -1j * np.sin(theta), 2 * np.cos(theta) - 2

    def curves(moving: Any, spreading: Any) -> tuple[Any, Any, Any]:
        return moving.real, -moving.imag, spreading.real

    found = {
        name: curves(wave_rates(s, advection, ADVECTION_STEP), wave_rates(s, heat, HEAT_STEP))
        for name, s in schemes.items()
    }
    steps = f"effective step H = {ADVECTION_STEP} (advection), {HEAT_STEP} (heat)"
    return plots.waves(theta, curves(advection, heat), found, title=f"Waves under {', '.join(schemes)}: {steps}")


def diagram(schemes: Schemes) -> Any:
    """How one step is wired."""
    from dataclasses import replace

    from analysis import plots

    ((name, scheme),) = schemes.items()
    return plots.wiring(replace(scheme, name=name))


def draw(pictures: Sequence[tuple[Path | None, Callable[[Schemes], Any]]], schemes: Schemes) -> None:
    """Draw each picture that has a path; every path is tried and every picture drawn before the first is written."""
    from analysis import plots

    paths = [plots.savable(path).resolve() for path, _ in pictures if path is not None]
    if len(set(paths)) < len(paths):
        raise OdenetsError("two pictures have the same file name, give each its own")
    made = [(path, picture(schemes)) for path, picture in pictures if path is not None]
    for path, figure in made:
        plots.save(figure, path)
