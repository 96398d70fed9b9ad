"""The B-series of any integrator, measured from one of its steps without its source.

The ODE with one component a tree,

    y_t' = Π y_c over the children c of t,   y(t_0) = 0,

has y_t(t_0 + h) = h^|t|/γ(t), and one step of a one-step method returns h^|t| a(t), a its own elementary weights. A
second copy takes a product's leaves from the clock, y_t' = (t - t_0)^m Π y_c over the m leaves and the other children:
there the method's nodes stand in place of A 1, so a wrong node, t_0 or h is seen. One more component rests at 1: who
loses the state on the way, or returns an increment, is seen too.
Source: numerics.md, black-box probe; Hairer, Nørsett, Wanner, Solving ODEs I, II.2 (the elementary differentials are
independent).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.trees import Key, Tree, children, colour, from_key, gamma, key, rooted, sigma
from analysis.trees import order as size

Array = Any  # of numpy, or of any library whose arrays index, multiply and have prod
Field = Callable[[Any, Array], Array]
Solver = Callable[[Any, float, np.ndarray[Any, Any], float], Array]

HIGHEST = 12  # 7 813 trees; of two colours half that order is 2 658
TOLERANCE = 1e-12  # some 10⁴ roundings of 1.1e-16; the worst of the audited solvers (diffrax's Tsit5) leaves 1e-14


@dataclass(frozen=True)
class Probe:
    """What one step tells of a solver.

    weights    {tree: a(t)}, keys as in `bseries`
    timed      {tree: a(t)} with the solver's own nodes in place of A 1; empty if time was not asked for
    asked      trees to this order were in the system
    names      the fields that the solver was given
    tolerance  what counts as 0, in units of the largest weight up to that order, at least of 1: the slopes |t|/γ(t) of
               the exact solution lie between 0 and 1, so a step's roundings are of that size
    """

    weights: Mapping[Key, float]
    timed: Mapping[Key, float]
    asked: int
    names: tuple[str, ...]
    tolerance: float

    @property
    def order(self) -> int:
        """The largest p ≤ asked with a(t) = 1/γ(t) for |t| ≤ p."""
        return self.agreement(self.weights)

    @property
    def timed_order(self) -> int | None:
        """The same for y' = f(t, y), which needs the right nodes; None if time was not asked for."""
        return self.agreement(self.timed) if self.timed else None

    @property
    def at_least(self) -> bool:
        """All trees agree, so the order is `asked` or more."""
        return self.order == self.asked

    @property
    def violations(self) -> dict[Key, float]:
        """{tree: a(t) - 1/γ(t)} where it is not 0, |t| = order + 1."""
        return self.failing(self.weights, self.order + 1)

    @property
    def timed_violations(self) -> dict[Key, float]:
        """{tree: a(t) - 1/γ(t)} with the solver's nodes where it is not 0, |t| = timed_order + 1."""
        return self.failing(self.timed, self.agreement(self.timed) + 1)

    @property
    def principal_error_norm(self) -> float | None:
        """sqrt(Σ (a(t) - 1/γ(t))²/σ(t)²) over |t| = order + 1; None if that order was not asked for.

        Source: Prince, Dormand, J. Comput. Appl. Math. 7 (1981) 67–75.
        """
        if self.at_least:
            return None
        errors = ((k, a - 1 / gamma(self.tree(k))) for k, a in self.weights.items())
        return sqrt(sum((e / sigma(t)) ** 2 for k, e in errors if size(t := self.tree(k)) == self.order + 1))

    def failing(self, weights: Mapping[Key, float], n: int) -> dict[Key, float]:
        trees = {k: t for k in weights if size(t := self.tree(k)) <= n}
        allowed = self.tolerance * max([1.0, *(abs(weights[k]) for k in trees)])
        errors = {k: weights[k] - 1 / gamma(t) for k, t in trees.items() if size(t) == n}
        return {k: e for k, e in errors.items() if not abs(e) <= allowed}

    def agreement(self, weights: Mapping[Key, float]) -> int:
        return next((n for n in range(self.asked) if self.failing(weights, n + 1)), self.asked)

    def tree(self, k: Key) -> Tree:
        return named(k, self.names)


named = cache(from_key)


def probe(
    solver: Solver,
    order: int,
    *,
    fields: tuple[str, ...] = ("f",),
    timed: bool = True,
    t: float = 3.0,
    h: float = 2.0,
    tolerance: float = TOLERANCE,
) -> Probe:
    """The elementary weights of a one-step method on all trees to an order, and the order that it has.

    solver(f, t, y, h) returns y after one step of y' = f(t, y). f takes numpy arrays of float64, or arrays of any
    library that index, multiply and have prod. With several fields f is {name: field}, y' = Σ f_i, and the trees are
    coloured. t and h are what the solver is asked with; neither 0 nor 1, so that no mistake in them is hidden, and of
    few binary digits, so that dividing by h^|t| rounds nothing. timed=False for a solver that passes f no time.
    Raises AnalysisError where the solver raises, returns no such array, or is no one-step method.
    Source: numerics.md, black-box probe.
    """
    if not h:
        raise AnalysisError("h = 0 is no step: give a step size such as 2.0")
    system = tree_system(order, fields, float(t), timed)

    def asked(move: float) -> np.ndarray[Any, Any]:
        return answer(lambda y: solver(system.given, t, y + move * (y == 0), h), system)

    first, _, second = map(asked, (0, 0.5, 0))  # another question in between, or a kept slope would be the same again
    if not np.allclose(first, second, rtol=tolerance, atol=tolerance * float(np.abs(first).max())):
        raise AnalysisError(
            "the solver answers the same question twice differently: it is random or keeps a history, "
            "so measure it by probe_convergence"
        )
    weights = {key(s, fields): float(first[i]) / h ** size(s) for s, i in system.places.items()}
    nodes = {key(s, fields): float(first[i]) / h ** size(s) for s, i in system.timed_places.items()}
    return Probe(weights, nodes, order, fields, tolerance)


def answer(solver: Callable[[np.ndarray[Any, Any]], Array], system: System) -> np.ndarray[Any, Any]:
    """The state that a foreign solver makes of the system's start, if it is one."""
    start = system.start()
    try:
        y = np.asarray(solver(start.copy()), dtype=np.float64)
    except Exception as error:  # whatever a foreign solver raises
        raise AnalysisError(
            f"the solver raised {type(error).__name__} instead of making a step: {' '.join(str(error).split())[:200]}"
        ) from error
    if y.shape != start.shape:
        raise AnalysisError(f"the solver returned the shape {y.shape} for a state of shape {start.shape}: keep it")
    if not np.isfinite(y).all():
        raise AnalysisError("the solver returned NaN or infinity for a polynomial field: mend it before it is measured")
    if abs(y[0] - 1) > TOLERANCE:
        raise AnalysisError(
            f"the solver moved a component whose slope is 0 from 1 to {y[0]:.6g}: "
            "return the state y + h Φ, not an increment, and let every stage read all of y"
        )
    return y


# ---- the tree system -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TreeField:
    """y_t' = (t - t_0)^leaves Π y_c: a gather, a product and a mask; place 0 holds the 1 that fills short rows."""

    index: np.ndarray[Any, Any]
    leaves: np.ndarray[Any, Any]
    mask: np.ndarray[Any, Any]
    origin: float

    def __call__(self, t: Any, y: Array) -> Array:
        return y[self.index].prod(-1) * ((t - self.origin) ** self.leaves * self.mask)


@dataclass(frozen=True, eq=False)
class System:
    """The trees' places in the state, and the fields."""

    places: dict[Tree, int]
    timed_places: dict[Tree, int]
    fields: dict[str, TreeField]

    @property
    def given(self) -> Any:
        """What a solver gets: the field, or {name: field} of several."""
        return self.fields if len(self.fields) > 1 else next(iter(self.fields.values()))

    def start(self) -> np.ndarray[Any, Any]:
        y = np.zeros(1 + len(self.places) + len(self.timed_places))
        y[0] = 1
        return y


@cache
def tree_system(highest: int, names: tuple[str, ...], origin: float, timed: bool) -> System:
    """The system of all trees to an order, once more with time if `timed`; a colour's field moves its own trees.

    Cached, so that a solver which compiles a field compiles it once.
    """
    if not 1 <= highest <= HIGHEST // len(names):
        raise AnalysisError(
            f"order = {highest}: a probe of {len(names)} fields has trees up to order 1 to {HIGHEST // len(names)}"
        )
    trees = coloured(highest, names)
    places = {t: i for i, t in enumerate(trees, start=1)}
    timed_places = {t: i for i, t in enumerate(trees, start=1 + len(trees))} if timed else {}
    rows = [[places[c] for c in children(t)] for t in places]
    rows += [[timed_places[c] for c in children(t) if size(c) > 1] for t in timed_places]
    leaves = [0 for _ in places] + [sum(size(c) == 1 for c in children(t)) for t in timed_places]
    roots = [colour(t) for t in (*places, *timed_places)]
    index = np.array([row + [0] * (highest - len(row)) for row in [[], *rows]], dtype=np.intp)
    powers = np.array([0, *leaves])
    fields = {
        name: TreeField(index, powers, np.array([0.0, *(float(r == c) for r in roots)]), origin)
        for c, name in enumerate(names)
    }
    return System(places, timed_places, fields)


def coloured(highest: int, names: tuple[str, ...]) -> list[Tree]:
    """All trees to an order with any colours, in the order of `bseries`."""
    colours = tuple(range(len(names)))
    grammar = (colours,) * len(names)
    by_order = (rooted(n, c, grammar) for n in range(1, highest + 1) for c in colours)
    return [t for trees in by_order for t in sorted(trees, key=lambda t: key(t, names))]
