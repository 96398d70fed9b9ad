"""What an audit finds of one method, and how it judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis import AnalysisError, Convergence, Probe
from analysis.probing import HIGHEST, TOLERANCE
from analysis.trees import gamma, order

PRINTED = 1e-11  # published tables are rounded: row 7 of KenCarp5's implicit one misses its node by 2.1e-12
CONFIRMED, REFUTED, NOT_AUDITED = "confirmed", "refuted", "not audited"
HEADER = ("library", "method", "claimed", "measured", "nodes", "embedded", "estimate", "error norm", "verdict", "")


@dataclass(frozen=True)
class Finding:
    """One row.

    claimed          the order that the library states
    measured, nodes  the order for y' = f(y), and for y' = f(t, y), which needs the right nodes
    asked            trees up to this order were tried: a measured order that equals it may be higher
    embedded         the order of the result minus the error estimate
    estimate         the power of h with which the error estimate begins; claimed_estimate what the library states
    norm             the principal error norm
    """

    library: str
    method: str
    claimed: int | None = None
    measured: int | None = None
    nodes: int | None = None
    asked: int = 0
    embedded: int | None = None
    estimate: int | None = None
    claimed_estimate: int | None = None
    norm: float | None = None
    verdict: str = NOT_AUDITED
    reason: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            self.library,
            self.method,
            "–" if self.claimed is None else str(self.claimed),
            *(self.spelled(order) for order in (self.measured, self.nodes, self.embedded)),
            "–" if self.estimate is None else f"h^{self.estimate}",
            "–" if self.norm is None else f"{self.norm:.2e}",
            self.verdict,
            self.reason,
        )

    def spelled(self, order: int | None) -> str:
        return "–" if order is None else f"≥ {order}" if order == self.asked else str(order)


def attempted(find: Callable[..., Finding], library: str, method: str, *given: Any) -> Finding:
    """The finding; of a method that will not be measured, why."""
    try:
        return find(method, *given)
    except AnalysisError as error:
        return Finding(library, method, reason=str(error))


def highest(fields: Sequence[str]) -> int:
    """Trees to this order are tried at most."""
    return HIGHEST // len(fields)


def of_probes(found: Finding, probes: Sequence[Probe], embedded: Probe | None = None, exact: bool = False) -> Finding:
    """A finding with what probes of one step say; several probes are several results of one step."""
    worst = min(probes, key=lambda p: p.order)
    nodes = [p.timed_order for p in probes if p.timed_order is not None]
    found = replace(
        found,
        measured=worst.order,
        nodes=min(nodes, default=None),
        asked=worst.asked,
        norm=worst.principal_error_norm,
        embedded=None if embedded is None else min(embedded.order, embedded.timed_order or embedded.order),
        estimate=None if embedded is None else difference(worst, embedded),
    )
    rounded = max(map(residue, probes))
    return judged(replace(found, reason=f"agrees to {rounded:.0e}: its table is rounded" if rounded else ""), exact)


def residue(probe: Probe) -> float:
    """The largest deviation among the trees of the method's order, where rounding of one step does not explain it."""
    if replace(probe, tolerance=TOLERANCE).order >= probe.order:
        return 0.0
    trees = ((a, probe.tree(k)) for k, a in probe.weights.items())
    return max(abs(a - 1 / gamma(t)) for a, t in trees if order(t) <= probe.order)


def of_convergence(found: Finding, autonomous: Convergence, timed: Convergence) -> Finding:
    """A finding with what studies of convergence say, of y' = f(y) and of y' = f(t, y)."""
    return judged(replace(found, measured=autonomous.order, nodes=timed.order, asked=autonomous.asked))


def difference(first: Probe, second: Probe) -> int | None:
    """The smallest |t| where two sets of weights differ."""
    scale = first.tolerance * max(1.0, *map(abs, first.weights.values()))
    orders = (order(first.tree(k)) for k, a in first.weights.items() if abs(a - second.weights[k]) > scale)
    return min(orders, default=None)


def judged(found: Finding, exact: bool = False) -> Finding:
    """Confirmed where both orders, and the estimate's, reach what is claimed as far as was asked."""
    assert found.claimed is not None and found.measured is not None
    wanted = min(found.claimed, found.asked)
    wrong = []
    if found.measured < wanted:
        wrong.append(f"claims order {found.claimed}, has {found.measured}")
    elif found.nodes is not None and found.nodes < wanted:
        wrong.append(f"claims order {found.claimed}, has {found.nodes} for y' = f(t, y): its nodes are wrong")
    if exact and found.measured > found.claimed:
        wrong.append(f"claims order {found.claimed}, has {found.measured}")
    if found.claimed_estimate is not None and (found.estimate or found.asked) < min(
        found.claimed_estimate, found.asked
    ):
        wrong.append(f"claims an error estimate of h^{found.claimed_estimate}, it is h^{found.estimate}")
    if wrong:
        return replace(found, verdict=REFUTED, reason="; ".join(wrong))
    return replace(found, verdict=CONFIRMED, reason="; ".join(remarks(found)))


def remarks(found: Finding) -> list[str]:
    """What is worth a word though no claim is wrong."""
    assert found.claimed is not None and found.measured is not None
    said = [found.reason] if found.reason else []
    if found.asked < found.claimed:
        said.append(f"as far as order {found.asked}")
    if found.measured > found.claimed:
        said.append("has more than it claims")
    if found.claimed_estimate is not None and (found.estimate or 0) > found.claimed_estimate:
        said.append(f"its error estimate is h^{found.estimate}, better than the h^{found.claimed_estimate} it claims")
    return said


def markdown(findings: Sequence[Finding]) -> str:
    """The findings as a table of Markdown."""
    rows = [HEADER, ("---",) * len(HEADER), *(f.cells for f in findings)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
