"""The command on stochastic limits: sde."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import assignments, print_json, print_text
from odenets.cli.modified import PACKAGES
from odenets.cli.schemes import named
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from analysis.stochastic.inertial import InertialLimit
    from analysis.stochastic.limits import SDELimit
    from analysis.stochastic.weak_orders import WeakOrder
    from schemes import Scheme
    from schemes.brownian import Noise


def sde(
    scheme: str,
    *,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    noise: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    latex: bool = False,
    json: bool = False,
) -> None:
    """Derive the stochastic differential equation that a scheme with random coefficients tends to.

    Example: odenets sde stochastic_depth        Example: odenets sde lm2_stochastic_depth --set p=4/5 --latex

    Parameters
    ----------
    scheme
        A name from `odenets schemes`.
    set_
        Fix a parameter: p=4/5, columns=2. What is not fixed stays a symbol.
    noise
        A field whose slopes are of size √h; unless said those that weigh nothing on average.
    latex
        Print an align* environment (amsmath).
    json
        Print JSON only: exact numbers as text.
    """
    if latex and json:
        raise OdenetsError("--latex and --json are different formats, choose one")
    from analysis.stochastic.limits import sde_limit

    found = symbolic(scheme, set_)
    limit, second = sde_limit(found, noise=noise or None), second_order(found)
    if json:
        print_json({**limit_json(limit), "weak_order": weak_json(found, noise), "second_order": second_json(second)})
    elif latex:
        rows = " \\\\\n".join([limit.latex(), *([second.latex()] if second else [])])
        print_text(f"% {scheme} tends to\n{PACKAGES}\n\\begin{{align*}}\n{rows}\n\\end{{align*}}")
    else:
        weak = order(found, noise)
        print_text("\n".join([limit.text(), *([f"Towards it the scheme has {weak}."] if weak else [])]))
        if second:
            print_text(f"\n{second.text()}")


def symbolic(scheme: str, pairs: Sequence[str]) -> Scheme:
    """The scheme of a name with what is given fixed, and the constants of its family that are not given as symbols."""
    from schemes import get
    from schemes.registry import entry

    _, found = named(scheme, pairs)
    given, taken = assignments(pairs), entry(scheme)
    free = {name: p for name, p in taken.declared.items() if p.kind == "chosen" and name not in given}
    fixed = {name: x for name, x in given.items() if name in taken.declared or name in taken.structure}
    if len(fixed) < len(given) or not free:
        return found
    from odenets.values import parse

    return get(scheme, **free, **{name: parse(name, x) for name, x in fixed.items()})


def second_order(scheme: Scheme) -> InertialLimit | None:
    """That of a two-step scheme with a free momentum, where it has one."""
    from analysis import AnalysisError
    from analysis.stochastic.inertial import inertial_limit

    with suppress(AnalysisError):
        return inertial_limit(scheme)
    return None


def order(scheme: Scheme, noise: Sequence[str]) -> WeakOrder | None:
    """The weak order where it is known: of one-step tables."""
    from analysis import AnalysisError
    from analysis.stochastic.weak_orders import weak_order
    from schemes import SchemeError

    with suppress(AnalysisError, SchemeError):
        return weak_order(scheme, noise=noise or None)
    return None


# ---- JSON ----------------------------------------------------------------------------------------------------------


def limit_json(limit: SDELimit) -> dict[str, Any]:
    """The equation with exact numbers as text."""
    return {
        "scheme": limit.scheme,
        "form": limit.form,
        "ito": texts(limit.drift),
        "stratonovich": texts(limit.stratonovich()),
        "noises": noises_json(limit.noises),
        "covariance": [[a, b, str(c)] for (a, b), c in limit.covariance.items()],
        "ode": texts(limit.ode),
        "components": list(limit.components),
        "edges": {name: edge._asdict() for name, edge in limit.edges.items()},
        "notes": list(limit.notes),
    }


def noises_json(noises: Sequence[Noise]) -> list[dict[str, Any]]:
    return [
        {
            "variance": str(noise.variance),
            "weights": texts(noise.weights),
            "per": noise.per,
            "coefficients": list(noise.coefficients),
        }
        for noise in noises
    ]


def weak_json(scheme: Scheme, noise: Sequence[str]) -> dict[str, str] | None:
    found = order(scheme, noise)
    return {"order": str(found.order), "obstruction": str(found.obstruction or 0)} if found else None


def second_json(limit: InertialLimit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    name, value = limit.parameter
    return {
        "momentum": str(limit.momentum),
        "at": {name: str(value)},
        "recursion": list(map(str, limit.recursion)),
        "force": texts(limit.force),
        "noises": noises_json(limit.noises),
        "mass": str(limit.mass),
        "friction": str(limit.friction),
    }


def texts(found: Any) -> dict[str, str]:
    return {str(key): str(x) for key, x in found.items()}


COMMANDS: Sequence[Any] = (sde,)
