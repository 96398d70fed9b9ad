"""The words of the picture of modified equations: labels, and a caption that a stranger understands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.roots import Root
    from analysis.shadowing import Rate, Shadow
    from schemes import Scheme

PLANE = (
    "Dots: {steps} steps of {label} with h = {h:.3g}. Lines: exact solutions, from the same point, of its modified "
    "equations u' = f₀(u) + h f₁(u) + h² f₂(u) + … cut off, order 2 after f₁, order 3 after f₂ and so on. {exact} The "
    "dots lie on the lines of high order."
)
EXACT = "Order 1 is the exact flow of f (broad, grey)."
EFFECTIVE = "Order 1 is the exact flow at the scheme's effective step, {} (broad, grey)."
ALIKE = " Orders that share a line have the same equation: the terms between are zero."
RATES = (
    "Distance of dot and line at time t = {time:.3g} against h: it shrinks like the power of h of the first term that "
    "was cut off. Slopes are fitted to the filled marks, the smallest steps above rounding."
)
SMOOTH = (
    " In both panels the scheme starts with the states S(u₀) of its smooth manifold, not with its usual first steps."
)
PARASITES = (
    "The states from the usual start, with steps of {h:.3g}, separated into the smooth S(yₙ) and parasitic components "
    "zₙ. {lines} Shown as long as they are larger than what the series S leaves out."
)
THEORY = "Lines, from the first step that the scheme itself makes: theory, ζⁿ times the solution of z' = λ f'(y) z."
DAMPED = {
    "zero": "Its parasitic roots are 0: what is not smooth loses a power of h every few steps.",
    "multiple": "Its parasitic roots are multiple ({}): what is not smooth has no equation of its own.",
    "both": "Its parasitic roots are 0 and multiple ({}): what is not smooth has no equation of its own.",
}
MEANS = "random coefficients at their means"


def caption(
    shadow: Shadow,
    label: str,
    speeds: Sequence[float],
    h: float,
    steps: int,
    time: float,
    parasitic: tuple[float, bool] | None,
    random: bool = False,
) -> str:
    """A paragraph a panel; parasitic: the step size of the third one and whether it has a theory, or None.

    random  whether the scheme's coefficients are the means of random ones
    """
    from analysis.structure import structure

    exact = EXACT if set(speeds) == {1} else EFFECTIVE.format(limit(shadow, speeds))
    alike = ALIKE if any(len(orders) > 1 for orders in shadow.groups) else ""
    start = SMOOTH if len(shadow.scheme.V) > len(structure(shadow.scheme).components) else ""
    said = [
        "Left. " + PLANE.format(steps=steps, label=label, h=h, exact=exact) + alike,
        ("Right. " if parasitic is None else "Middle. ") + RATES.format(time=time) + start,
    ]
    if parasitic is not None:
        said.append(
            "Right. " + PARASITES.format(h=parasitic[0], lines=THEORY if parasitic[1] else damped(shadow.scheme))
        )
    end = f" The scheme has its {MEANS}." if random else ""
    return "\n".join([*said[:-1], said[-1] + end + " All quantities are dimensionless."])


def limit(shadow: Shadow, speeds: Sequence[float]) -> str:
    """u' = 2 f(u), or a speed for each of the components."""
    from analysis.structure import structure

    if len(set(speeds)) == 1:
        return f"u' = {speeds[0]:.4g} f(u)"
    names = [c.name for c in structure(shadow.scheme).components]
    return "f times " + ", ".join(f"{w:.4g} in {name}'" for name, w in zip(names, speeds, strict=True))


def damped(scheme: Scheme) -> str:
    """What is said of parasitic roots that have no mode: 0, multiple, or both."""
    from analysis.roots import zero_stability

    roots = zero_stability(scheme).parasitic
    multiple = [number(root.value) for root in roots if root.value != 0]
    kind = "zero" if not multiple else "multiple" if len(multiple) == len(roots) else "both"
    return DAMPED[kind].format(", ".join(multiple))


def orders_label(rate: Rate) -> str:
    """orders 1, 2 (exact flow)."""
    word = "orders" if len(rate.orders) > 1 else "order"
    return f"{word} {', '.join(map(str, rate.orders))}" + " (exact flow)" * (rate.orders[0] == 1)


def mode_label(root: Root) -> str:
    return f"root ζ = {number(root.value)}, λ = {number(root.growth)}"


def number(x: Any) -> str:
    """A fraction as it is, a complex number to three digits."""
    if not isinstance(x, complex):
        return str(x).replace("-", "−")
    return (
        f"{x.real:.3g}" if x.imag == 0 else f"{x.real:.3g} {'+' if x.imag > 0 else '-'} {abs(x.imag):.3g}i"
    ).replace("-", "−")


def plain(f: Any) -> str:
    """The field's name as a title has it."""
    return str(f.title).strip().rstrip(".")


def axes(f: Any) -> tuple[str, str]:
    """The labels of the first panel: two variables, or time and the first variable."""
    names = [str(v) for v in f.variables]
    return (names[0], names[1]) if len(names) == 2 else ("time t", names[0])
