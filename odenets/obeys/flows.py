"""The modified field of torch functions, its flow by dopri5, and states on the smooth manifold.

    y' = Σ_{|t|-1+j < q} h^(|t|-1+j)/σ(t) b_j(t) F(t)(y),   states = S(y) = Σ h^(|t|+j)/σ(t) S_j(t) F(t)(y)

Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.1, XV; numerics.md sections 5 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import count
from typing import Any, cast

import torch
from torch import Tensor, func

from analysis.elementary import Jvp, elementary_differentials, numeric_jet
from analysis.orders import order as order_of
from analysis.series import underlying
from analysis.structure import Structure, structure
from analysis.trees import Tree, colour, sigma
from analysis.trees import order as size
from analysis.varying import Varying, movers
from odenets.errors import OdenetsError
from schemes import Scheme

Point = tuple[Tensor, ...]  # one value a component
Values = Callable[[float], Mapping[str, float]]
Graded = dict[Tree, list[Any]]  # by the power of h that the derivatives of the coefficients add
BEYOND = 2  # powers of h that are looked at, but not evaluated, for the first one left out
WORK = 4000  # evaluations of a modified field for one flow
NEAR = 1e-9  # relative residual of a smooth state


class Theory:
    """Modified field and smooth manifold of a scheme for given functions, to an order in h.

    fields   {name: function of a tensor}
    values   time ↦ {"k": κ, "k_t": κ', …} of the coefficients that the table leaves free; none unless said

    Raises AnalysisError where the scheme has no B-series.
    """

    def __init__(
        self, scheme: Scheme, fields: Mapping[str, Callable[[Tensor], Tensor]], order: int, values: Values | None = None
    ) -> None:
        self.order, self.values = order, values or (lambda _: {})
        self.jets = {name: numeric_jet(f, cast(Jvp, func.jvp)) for name, f in fields.items()}
        self.structure = structure(scheme)
        self.b, self.S = series(self.structure, order, movers(scheme, None))
        self.trees = [t for t in self.b if size(t) <= order]

    def field(self, time: float, y: Point, h: float, upto: int | None = None) -> Point:
        """The first `upto` powers of h (all unless said) of the modified field."""
        q, values = upto or self.order, self.values(time)
        weights = {}
        for t in self.trees:
            if size(t) <= q:
                powers = enumerate(self.b[t][: q - size(t) + 1], size(t) - 1)
                weights[t] = sum(h**i * number(b, values) for i, b in powers) / sigma(t)
        return self.combined(y, weights, [0.0 * x for x in y])

    def manifold(self, time: float, y: Point, h: float) -> tuple[Tensor, ...]:
        """The states S(y) of the scheme while it follows its modified equation."""
        values = self.values(time)
        found: dict[int, Tensor] = {}
        for n, part in enumerate(self.structure.components):
            fed = [t for t in self.trees if self.structure.colours[colour(t)].feeds == n]
            for i, fixed in zip(part.states, part.fixed, strict=True):
                weights = {}
                for t in fed:
                    powers = enumerate(self.S[t][: self.order - size(t) + 1], size(t))
                    weights[t] = sum(h**j * number(vector[i], values) for j, vector in powers) / sigma(t)
                base = [number(fixed, values) * x for x in y]
                found[i] = self.combined(y, weights, base)[n]
        unread = 0.0 * y[0]  # of a state that nothing reads and nothing keeps
        return tuple(found.get(i, unread) for i in range(len(self.structure.scheme.V)))

    def smooth(self, time: float, states: Sequence[Tensor], h: float) -> Point:
        """The y for which states - S(y) is parasitic: wᵀ(states - S(y)) = 0, wᵀV = wᵀ, wᵀS(∅) = 1; to O(h²) exact.

        Raises OdenetsError where Newton's method with Krylov steps finds none: h is too large for the series.
        """
        from scipy.optimize import NoConvergence, newton_krylov

        values = self.values(time)
        parts = self.structure.components
        left = [[number(x, values) for x in part.inverse[-1][:-1]] for part in parts]

        def projected(vector: Sequence[Tensor]) -> Point:
            pairs = zip(left, parts, strict=True)
            return tuple(sum(x * vector[i] for x, i in zip(w, part.states, strict=True)) for w, part in pairs)  # type: ignore[misc]

        goal = projected(states)
        if len(states) == len(goal):
            return goal
        scale = max(float(x.abs().max()) for x in goal)

        def residual(flat: Any) -> Any:
            y = shaped(torch.from_numpy(flat), goal)
            return flattened(projected(self.manifold(time, y, h))) - flattened(goal)

        try:
            found = newton_krylov(residual, flattened(goal), f_tol=NEAR * scale, maxiter=10, inner_maxiter=10)
        except (NoConvergence, ValueError, FloatingPointError):  # ValueError: the residual is no number any more
            raise OdenetsError(
                f"no smooth state belongs to the network's start at h = {h:g}: wᵀ(states - S(y)) = 0 with "
                f"{self.order} powers of h has no solution near it, take fewer terms or a network with smaller steps"
            ) from None
        return shaped(torch.from_numpy(found), goal)

    def combined(self, y: Point, weights: Mapping[Tree, Any], base: Sequence[Tensor]) -> Point:
        """base + Σ weight(t) F(t)(y), each tree where it feeds."""
        used = {t: w for t, w in weights.items() if w != 0}
        values = elementary_differentials(self.structure, self.jets, y, used)
        total = list(base)
        for t, w in used.items():
            n = self.structure.colours[colour(t)].feeds
            total[n] = total[n] + w * values[t]
        return tuple(total)

    def flow(
        self, y: Point, times: Sequence[float], h: float, upto: int | None = None, tolerance: float = 1e-10
    ) -> list[Point]:
        """The flow of the modified field through y at times[0], at all times; dopri5 in float64, to a relative error.

        Raises OdenetsError where the truncated series has no solution so far, h is too large for it, and where dopri5
        asks for more than WORK evaluations.
        """
        from torchdiffeq import odeint

        calls = count(1)

        def right(time: Tensor, u: Point) -> Point:
            if next(calls) > WORK:
                raise OdenetsError(
                    f"the modified flow with {upto or self.order} terms takes more than {WORK} evaluations at "
                    f"h = {h:g}: take fewer terms, or a network with smaller steps"
                )
            return self.field(float(time), u, h, upto)

        scale = max(float(x.abs().max()) for x in y)
        grid = torch.tensor(times, dtype=torch.float64)
        try:
            path = odeint(right, y, grid, method="dopri5", rtol=tolerance, atol=tolerance * scale)
        except AssertionError as error:
            raise OdenetsError(
                f"the modified flow with {upto or self.order} terms leaves every bound at h = {h:g} ({error}): "
                "take fewer terms, or a network with smaller steps"
            ) from None
        return [tuple(x[i] for x in path) for i in range(len(times))]

    def exponent(self, q: int) -> int:
        """The first power of h, q or higher, that the modified field has and q terms of it leave out.

        As far as is known; q where all of them are 0.
        """
        present = {size(t) - 1 + j for t, grades in self.b.items() for j, b in enumerate(grades) if b != 0}
        return min((i for i in present if i >= q), default=q)


def series(structure: Structure, order: int, moving: Sequence[str]) -> tuple[Graded, Graded]:
    """b and S by tree, BEYOND this order; where no coefficient drifts to the scheme's first error at least."""
    if not moving:
        found = underlying(structure.scheme)
        last = max(order + BEYOND, order_of(structure.scheme) + 1)
        trees = [t for n in range(1, last + 1) for t in found.trees(n)]
        return {t: [found.field[t]] for t in trees}, {t: [found.start[t]] for t in trees}
    varying = Varying(structure, order + BEYOND, moving)
    return varying.field, {t: [row[0] for row in rows] for t, rows in varying.taylor.items()}


def flattened(y: Point) -> Any:
    return torch.cat([x.flatten() for x in y]).detach().numpy()


def shaped(flat: Tensor, like: Point) -> Point:
    parts = zip(flat.split([x.numel() for x in like]), like, strict=True)
    return tuple(part.view(x.shape) for part, x in parts)


def number(x: Any, values: Mapping[str, float]) -> float:
    """A coefficient at the values of its symbols."""
    return float(x) if isinstance(x, int | Fraction) else float(x(**{n: values[n] for n in x.symbols}))
