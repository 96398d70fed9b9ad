"""How far a step goes along its field, as the scheme's table predicts it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

from odenets.coefficients import learned, value
from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.stages import Crossing, Stage
from odenets.tables import AFTER, resolvent
from odenets.wiring import Step
from schemes import Scheme, SchemeError
from schemes.consistency import principal
from schemes.starting import components


def advances(network: Network) -> tuple[list[float], list[float | None]]:
    """The weight c of Δ_n = u_{n+1} - u_n = c f_n by step, (transient, limit), for fields that are smooth in depth.

    The states follow u⁺ = V u + Σ_i B_i f(Y_i). Where f is the same at all stages and steps of a stage of the network,
    from states that begin with nothing behind them,

        x_0 = 0,  x_{n+1} = V_n x_n + B_n 1,   c_n = first entry of x_{n+1} - x_n        transient
        c = wᵀ B 1,  wᵀ V = wᵀ, wᵀ q = 1                                                  limit

    of LM-ResNet, Δ_n = f_n - k_n Δ_{n-1}:

        c_0 = 1,  c_n = 1 - k_n c_{n-1}  (1, 1 - k, 1 - k + k², …)  →  c = 1/(1 + k),

    the modified equation u' = f/(1 + k). With Δ_n = f_n - k_n Δ_{n-1} the measured weight <Δ_n, f_n>/‖f_n‖² is exactly
    1 - k_n <Δ_{n-1}, f_n>/‖f_n‖²: it keeps away from c_n as far as f_n turns from step to step, and is 1 where f_n is
    orthogonal to all f before it. A step that starts reads u alone; where the history goes through P,
    as if P took f to f. limit is null where 1 is no simple eigenvalue of V, as at k = -1; at k < -1 it is negative, and
    c_n runs away from it.
    Source: Lu et al. 2018, (3); Butcher, Numerical Methods for ODEs, 512 (the effective step).
    """
    transient: list[float] = []
    limit: list[float | None] = []
    x: list[Fraction] = []
    for stage in network.stages:
        for module in cast(Stage, stage).steps:
            V, slopes, w = moved(module)
            x = x if len(x) == len(V) else [Fraction(0)] * len(V)
            after = [sum((v * y for v, y in zip(row, x, strict=True)), b) for row, b in zip(V, slopes, strict=True)]
            transient.append(float(after[0] - x[0]))
            limit.append(None if w is None else float(sum(a * b for a, b in zip(w, slopes, strict=True))))
            x = after
    return transient, limit


def moved(module: Any) -> tuple[list[list[Fraction]], list[Fraction], list[Fraction] | None]:
    """V, B 1 and w of a step as it stands, over the states behind a change of shape; no w where there is none."""
    step: Step = module.step if isinstance(module, Crossing) else module
    scheme = at_values(step)
    r = range(len(scheme.states) - (len(module.read) if isinstance(module, Crossing) else 0))
    slopes = [sum((x for x, field in zip(scheme.B[i], scheme.fields, strict=True) if field != "one"), Fraction(0))
              for i in r]  # fmt: skip
    try:
        w = principal(scheme, r)[1]
    except SchemeError:
        w = None
    return [list(scheme.V[i][: len(r)]) for i in r], slopes, w


def at_values(step: Step) -> Scheme:
    """The table with the learned coefficients as they are and the random ones at their means."""
    names = learned(step.scheme)
    return step.scheme.mean().at(**{name: Fraction(value(step, name).item()) for name in names})


def field_of(network: Network) -> str:
    """The one field whose increments all steps add to their first state.

    Raises OdenetsError for several fields or components, maps for blocks, a map behind the sum, implicit stages, and
    coefficients that are one a channel.
    """
    spec, found = network.spec, set[str]()
    for *_, step in network.steps():
        found |= set(step.scheme.fields) - {"one"}
        if not step.scheme.explicit:
            raise OdenetsError(f"{step.scheme.name} is implicit: its steps are no sums of increments, unroll it")
        if odd := [name for name in learned(step.scheme) if value(step, name).numel() != 1]:
            raise OdenetsError(
                f"{step.scheme.name}: {odd[0]} is one number a channel, and a step has no single weight on f: train "
                "one a step"
            )
    if AFTER in found or not spec.residual or any(resolvent(spec, field) for field in found):
        raise OdenetsError(f"the blocks of {spec.label} are no increments of its state: take placement = 'pre' and "
                           "blocks of increments")  # fmt: skip
    if len(found) != 1 or any(len(components(scheme)) != 1 for scheme in network.schemes()):
        raise OdenetsError(
            f"{spec.label} has several fields or components ({', '.join(sorted(found))}): take a scheme of one state "
            "u and one field f"
        )
    return found.pop()
