"""diffrax's solvers for ordinary equations: one `solver.step` in float64, or a study of convergence.

A solver of two terms (KenCarp, Sil3) is given two fields, y' = f(y) + g(y), and probed on all trees of two colours.
The two halves of semi-implicit Euler, u' = f(v), v' = f(u), start alike, so that each half sees every tree.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import lineax
import numpy as np
import optimistix

from analysis import AnalysisError, probe, probe_convergence
from odenets.audit.findings import PRINTED, Finding, attempted, highest, of_convergence, of_probes

# solved to rounding; the tree system is nilpotent, so that GMRES ends after as many products as trees have levels
KRYLOV = lineax.GMRES(rtol=1e-10, atol=1e-13)
ROOTS = {
    "root_finder": optimistix.Newton(rtol=1e-13, atol=1e-14, linear_solver=KRYLOV),
    "root_find_max_steps": 100,
}
TWO_TERMS = diffrax.MultiTerm[tuple[diffrax.AbstractTerm, diffrax.AbstractTerm]]
STEPS = (8, 16, 32, 64)

Step = Callable[..., tuple[tuple[Any, ...], Any, Any]]


def findings(order: int | None) -> list[Finding]:
    with double_precision():
        return [attempted(finding, "diffrax", name, kind, order) for name, kind in solvers().items()]


def solvers() -> dict[str, Any]:
    """The public solver classes by name."""
    classes = {n: c for n, c in vars(diffrax).items() if inspect.isclass(c) and not n.startswith("Abstract")}
    return {name: c for name, c in sorted(classes.items()) if issubclass(c, diffrax.AbstractSolver)}


@contextmanager
def double_precision() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


def finding(name: str, kind: Any, order: int | None) -> Finding:
    if kind is diffrax.HalfSolver:
        return Finding("diffrax", name, reason="wraps another solver, which is audited itself")
    structure = kind.term_structure
    if structure not in (diffrax.AbstractTerm, TWO_TERMS, (diffrax.AbstractTerm, diffrax.AbstractTerm)):
        return Finding("diffrax", name, reason="solves stochastic equations")
    solver = kind(**ROOTS) if issubclass(kind, diffrax.AbstractImplicitSolver) else kind()
    return measured(name, solver, order)


def measured(name: str, solver: Any, order: int | None = None) -> Finding:
    """The finding of a solver object."""
    fields = ("f", "g")[: 2 if solver.term_structure == TWO_TERMS else 1]
    example = terms(solver, (no_field,) * len(fields))
    claimed = solver.order(example)
    found, asked = Finding("diffrax", name, claimed), min(order or claimed + 1, highest(fields))
    if keeps_history(solver):
        runs = (probe_convergence(integrator(solver), asked, steps=STEPS, timed=t) for t in (False, True))
        return of_convergence(found, *runs)
    step, results = stepper(solver), 2 if isinstance(solver.term_structure, tuple) else 1
    probes = [probe(result(step, i), asked, fields=fields, tolerance=PRINTED) for i in range(results)]
    if not isinstance(solver, diffrax.AbstractAdaptiveSolver):
        return of_probes(found, probes)
    found = replace(found, claimed_estimate=solver.error_order(example))
    return of_probes(found, probes, probe(embedded(step), asked, fields=fields, tolerance=PRINTED))


def keeps_history(solver: Any) -> bool:
    """A state beside y that is no slope saved for the next step: leapfrog, reversible Heun."""
    return isinstance(solver, diffrax.LeapfrogMidpoint | diffrax.ReversibleHeun)


def no_field(t: Any, y: Any) -> Any:
    return 0 * y


def terms(solver: Any, fields: tuple[Any, ...]) -> Any:
    """The fields as the terms that a solver takes."""
    made = [diffrax.ODETerm(lambda t, y, args, f=f: f(t, y)) for f in fields]
    if solver.term_structure == TWO_TERMS:
        return diffrax.MultiTerm(*made)
    return (made[0], made[0]) if isinstance(solver.term_structure, tuple) else made[0]


def stepper(solver: Any) -> Step:
    """(results, error estimate or None, whether it succeeded) of one step; compiled once for a field."""

    @partial(jax.jit, static_argnums=0)
    def step(fields: tuple[Any, ...], t: Any, y: Any, h: Any) -> Any:
        term = terms(solver, fields)
        start = (y, y) if isinstance(solver.term_structure, tuple) else y
        state = solver.init(term, t, t + h, start, None)
        end, error, _, _, result = solver.step(term, t, t + h, start, None, state, made_jump=False)
        return (end if isinstance(end, tuple) else (end,)), error, result == diffrax.RESULTS.successful

    compiled: Step = step
    return compiled


def called(step: Step, f: Any, t: float, y: Any, h: float) -> tuple[tuple[Any, ...], Any]:
    fields = tuple(f.values()) if isinstance(f, dict) else (f,)
    ends, error, success = step(fields, jnp.asarray(t), jnp.asarray(y), jnp.asarray(h))
    if not success:
        raise AnalysisError("its root finder did not converge")
    return ends, error


def result(step: Step, i: int) -> Any:
    return lambda f, t, y, h: np.asarray(called(step, f, t, y, h)[0][i])


def embedded(step: Step) -> Any:
    def solver(f: Any, t: float, y: Any, h: float) -> Any:
        (end,), error = called(step, f, t, y, h)
        return np.asarray(end) - np.asarray(error)

    return solver


def integrator(solver: Any) -> Any:
    """n steps, the solver's own history handed from step to step."""

    def integrate(f: Any, y: Any, T: float, n: int) -> Any:
        term, times = diffrax.ODETerm(lambda t, y, args: f(t, y)), jnp.linspace(0.0, T, n + 1)

        def advance(carried: Any, span: Any) -> Any:
            y, state = carried
            y, _, _, state, _ = solver.step(term, span[0], span[1], y, None, state, made_jump=jnp.asarray(False))
            return (y, state), None

        start = jnp.asarray(y)
        state = solver.init(term, times[0], times[1], start, None)
        ((end, _), _) = jax.lax.scan(advance, (start, state), (jnp.stack([times[:-1], times[1:]], axis=1)))
        return np.asarray(end)

    return integrate
