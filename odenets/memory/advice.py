"""What a reversible network will keep nevertheless, said before it is trained."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from odenets.coefficients import learned, value
from odenets.errors import OdenetsError
from odenets.memory.conditioning import expected, norm, undoing
from odenets.memory.plans import from_behind
from odenets.memory.policy import Memory
from odenets.wiring import Step


class MemoryWarning(UserWarning):
    """A reversible network keeps states, as undoing a step would multiply rounding errors."""


def remind(chains: Sequence[Sequence[Step]], memory: Memory) -> None:
    """Warn of the steps that reversible chains do not rebuild, with the one that is worst conditioned.

    Raises OdenetsError where no step of them can be undone, or memory changes nothing.
    """
    steps = [step for chain in chains for step in chain]
    if memory and not steps:
        raise OdenetsError(
            "reversible and checkpoint keep nothing less here: every step crosses to another shape or is solved, and a "
            "solved one keeps one evaluation: leave them out"
        )
    if not memory.reversible:
        return
    undone = [step for step in steps if from_behind(step.scheme, step.training) is not None]
    if not undone:
        names = ", ".join(dict.fromkeys(step.scheme.name for step in steps))
        raise OdenetsError(
            f"reversible = True rebuilds nothing here: no step ({names}) can be undone explicitly: take a scheme such "
            "as revnet, leapfrog, momentum, stormer_verlet or lm2, or checkpoint = 1"
        )
    kept = sum(
        from_behind(chain[i].scheme, chain[i].training) is not None
        for chain in chains
        for i in expected(chain, memory)[0].kept
    )
    if kept:
        worst = max(undone, key=lambda step: norm(undoing(step)))
        warnings.warn(
            f"{worst.scheme.name} is undone with errors {norm(undoing(worst)):.3g} times as large{at(worst)}: the "
            f"states before {kept} of {len(undone)} steps are kept, fallback = 'exact' keeps the lost bits alone",
            MemoryWarning,
            stacklevel=3,
        )


def at(step: Step) -> str:
    """Where a step's learned coefficients are: " at k = -0.05", the smallest of a channel."""
    names = learned(step.scheme)
    found = {name: value(step, name).flatten() for name in names}
    said = [f"{name} = {float(x[x.abs().argmin()]):.3g}" for name, x in found.items()]
    return f" at {' and '.join(said)}" if said else ""
