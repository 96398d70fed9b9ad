"""The stochastic differential equation that a scheme with random coefficients tends to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError, refusing
from analysis.stochastic.one_step import CONSTANT, Edge, OneStep
from analysis.stochastic.restrictions import decays, notes
from analysis.structure import directed
from schemes import Scheme
from schemes.brownian import Noise, noises, random_parameters
from schemes.diffusion import ROOT, declared, diffusive
from schemes.exact import is_zero, substitute


@dataclass(frozen=True)
class Differential:
    """f, or f'g with the derivative of f in the direction of g, by the names of their edges.

    within  what two elements have in common for ∂f_a/∂u_b to count: "sample", the whole derivative; "channel", its
            blocks; "element", its diagonal
    """

    outer: str
    inner: str | None = None
    within: str = "sample"

    def __str__(self) -> str:
        if self.inner is None:
            return self.outer
        return {
            "sample": f"{self.outer}'{self.inner}",
            "channel": f"blocks({self.outer}'){self.inner}",
            "element": f"diag({self.outer}'){self.inner}",
        }[self.within]


Drift = Mapping[Differential, Any]


@dataclass(frozen=True)
class SDELimit:
    """du = Σ drift dt + Σ_k √D_k (Σ weights · field) dB_k, in the time h of a step; Itô.

    scheme       its name
    drift        {differential: coefficient}
    noises       one a Brownian motion: variance D, weights {edge: number}, per, coefficients
    ode          {differential: coefficient} of the limit under plain depth scaling, where h stands before the noise too
    components   the unknowns, ("u",) or ("x", "y")
    edges        {name: (field, component that it reads, component that it feeds)}; the name is that of the field, with
                 its direction, f[x>y], where the field is not unique
    notes        under which scaling the equation holds, and what else restricts it
    """

    scheme: str
    drift: Drift
    noises: tuple[Noise, ...]
    ode: Drift
    components: tuple[str, ...]
    edges: Mapping[str, Edge]
    notes: tuple[str, ...]

    @property
    def covariance(self) -> dict[tuple[str, str], Any]:
        """{(edge, edge): Σ_k D_k l_k l_kᵀ}, the variance that the fields bring to one element in the time 1."""
        found: dict[tuple[str, str], Any] = {}
        for noise in self.noises:
            for a, x in noise.weights.items():
                for b, y in noise.weights.items():
                    found[a, b] = found.get((a, b), Fraction(0)) + noise.variance * x * y
        return {pair: c for pair, c in found.items() if not is_zero(c)}

    @property
    def correction(self) -> dict[Differential, Any]:
        """½ Σ_k D_k Σ g'g, the Itô drift less that of Stratonovich; of noise per element its diagonal, diag(g') g."""
        found: dict[Differential, Any] = {}
        for noise in self.noises:
            within = "sample" if noise.per == "batch" else noise.per
            for a, x in noise.weights.items():
                for b, y in noise.weights.items():
                    if self.edges[a].field != CONSTANT and self.edges[a].reads == self.edges[b].feeds:
                        key = Differential(a, b, within)
                        found[key] = found.get(key, Fraction(0)) + noise.variance * x * y / 2
        return {key: c for key, c in found.items() if not is_zero(c)}

    def stratonovich(self) -> dict[Differential, Any]:
        """The drift of the same equation with ∘ dB: that of Itô less ½ Σ g'g.

        Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, (4.9.11).
        """
        found = dict(self.drift)
        for key, c in self.correction.items():
            found[key] = found.get(key, Fraction(0)) - c
        return {key: c for key, c in found.items() if not is_zero(c)}

    @property
    def form(self) -> str:
        """ "Itô = Stratonovich" where no noise has a derivative, else the form whose drift has fewer terms."""
        if not self.correction:
            return "Itô = Stratonovich"
        return "Stratonovich" if len(self.stratonovich()) < len(self.drift) else "Itô"

    def text(self) -> str:
        """The equation, its forms, its Brownian motions and what restricts it, in lines."""
        from analysis.stochastic.limit_text import limit_text

        return limit_text(self)

    def latex(self) -> str:
        """The equation in both forms as rows of an align* environment; needs amsmath."""
        from analysis.stochastic.limit_text import limit_latex

        return limit_latex(self)


@refusing()
def sde_limit(scheme: Scheme, *, noise: Collection[str] | None = None) -> SDELimit:
    """The Itô equation that a scheme with random coefficients tends to, as its deviations are scaled by √h.

        du = Σ E[w] f dt + Σ E[d] g'g dt + Σ_k √D_k l_k · f dB_k,   Σ_k D_k l_k l_kᵀ = Cov[w]

    from one step to order h of the table `schemes.diffusion.diffusive`: stochastic depth is p f dt + √(p(1-p)) f dB,
    Shake-Shake ½ (f1 + f2) dt + (f1 - f2)/√12 dB. E[d] is what stages add that read the noise of their own step. Exact,
    symbolic in what is not fixed. Of a scheme of several steps it is the equation of its slow motion.

    noise   the fields whose slopes are √h g; unless said those of mean 0, as g of Euler–Maruyama and `one`

    Raises AnalysisError where nothing is random, for implicit and operator schemes, where no first-order equation is
    behind the table, where modes of V do not die out, for draws of a whole network and for laws without variance.
    Source: Lu et al. 2018, section 3; Milstein, Tretyakov, Stochastic Numerics for Mathematical Physics, 2.1.
    """
    check(scheme)
    random_parameters(scheme)
    scheme = declared(at_start(scheme))
    step = OneStep(diffusive(scheme, noise))
    decays(scheme)
    return limit(step, scheme)


def limit(step: OneStep, scheme: Scheme) -> SDELimit:
    """The equation whose drift and covariance are those of one step."""
    found = noises(step.noise, step.random)
    used = [*step.mean, *step.noise, *(edge for outer, inner, _ in step.pairs for edge in (outer, inner))]
    names = named(step, used)
    drift = {Differential(names[edge]): c for edge, c in step.mean.items()}
    drift |= {Differential(names[a], names[b], within): c for (a, b, within), c in step.pairs.items()}
    ode = {Differential(names[edge]): x for edge, x in OneStep(scheme).mean.items()}
    own = tuple(replace(n, weights={names[edge]: step.tidy(x) for edge, x in n.weights.items()}) for n in found)
    edges = {name: edge for edge, name in names.items()}
    return SDELimit(scheme.name, drift, own, ode, step.components, edges, notes(scheme, own))


def check(scheme: Scheme) -> None:
    """Raises AnalysisError for implicit schemes, and where nothing is random."""
    if not scheme.explicit:
        raise AnalysisError(
            f"{scheme.name} is implicit, and the noise in its stages has no moments to read off: take "
            "schemes.unroll(scheme, sweeps)"
        )
    if not any(p.kind == "random" for p in scheme.coefficients):
        raise AnalysisError(f"nothing is random in {scheme.name}: ask for its modified_equation")


def at_start(scheme: Scheme) -> Scheme:
    """Parameters that depend on √h at h = 0: what they deviate by is of higher order."""
    zero = {ROOT: Fraction(0)}
    kept = tuple(p.at(zero) for p in scheme.parameters if p.name != ROOT)
    return scheme.mapped(lambda x: substitute(x, zero), parameters=kept, start=None)


def named(step: OneStep, edges: Collection[Edge]) -> dict[Edge, str]:
    """Edges by component fed and field as the table has them, with their names."""
    order = {field: i for i, field in reversed(list(enumerate(step.table.fields)))}
    ranked = sorted(set(edges), key=lambda edge: (edge.feeds, order[edge.field], edge.reads))
    return dict(zip(ranked, directed(ranked, step.components), strict=True))
