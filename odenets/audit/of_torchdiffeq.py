"""torchdiffeq's methods, each made to take exactly one step, or measured by convergence."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torchdiffeq import odeint

from analysis import AnalysisError, probe, probe_convergence
from odenets.audit.findings import PRINTED, Finding, attempted, of_convergence, of_probes

HUGE = 2.0**60  # the tolerance that accepts any step; a power of two, so that an error divided by it is not rounded
STEPS = (16, 32, 64, 128)  # the Adams methods reach their highest order after 11 steps
CONVERGED = {"rtol": 1e-14, "options": {"max_iters": 100}}  # the method as meant, not its unfinished iteration


def findings(order: int | None) -> list[Finding]:
    return [attempted(finding, "torchdiffeq", name, solver, order) for name, solver in solvers().items()]


def solvers() -> dict[str, Any]:
    return dict(import_module("torchdiffeq._impl.odeint").SOLVERS)


def finding(name: str, solver: Any, order: int | None) -> Finding:
    kinds = import_module("torchdiffeq._impl.solvers")
    tables = import_module("torchdiffeq._impl.rk_common")
    adams = import_module("torchdiffeq._impl.fixed_adams")
    claimed = getattr(solver, "order", None)
    found = Finding("torchdiffeq", name, claimed)
    if claimed is None:
        return Finding(
            "torchdiffeq", name, reason="wraps SciPy's solvers, which choose their own steps; states no order"
        )
    asked = order or claimed + 1
    if issubclass(solver, adams.AdamsBashforthMoulton):
        runs = (probe_convergence(integrator(name), asked, steps=STEPS, timed=t) for t in (False, True))
        return of_convergence(found, *runs)
    if issubclass(solver, tables.RKAdaptiveStepsizeODESolver):
        method = Adaptive(name, stages=len(solver.tableau.alpha) + 1)
        return of_probes(
            found, [probe(method.step, asked, tolerance=PRINTED)], probe(method.embedded, asked, tolerance=PRINTED)
        )
    if issubclass(solver, kinds.FixedGridODESolver):
        return of_probes(found, [probe(fixed(name), asked, tolerance=PRINTED)])
    return Finding("torchdiffeq", name, claimed, reason="is neither a fixed-grid nor a Runge–Kutta solver")


def fixed(name: str) -> Any:
    """One step of a fixed-grid method: the grid is its two ends."""

    def step(f: Any, t: float, y: Any, h: float) -> Any:
        return run(on_tensors(f), y, t, t + h, method=name)

    return step


class Adaptive:
    """One step of an adaptive method: of the size asked for, accepted whatever its error, and counted.

    The error estimate is read through the option `norm`, which is shown it in units of the tolerance.
    """

    def __init__(self, name: str, stages: int) -> None:
        self.name, self.stages = name, stages

    def both(self, f: Any, t: float, y: Any, h: float) -> tuple[Any, Any]:
        seen: list[torch.Tensor] = []
        calls: list[None] = []
        field = on_tensors(f)

        def counted(t: Any, y: Any) -> Any:
            calls.append(None)
            return field(t, y)

        def norm(ratio: torch.Tensor) -> torch.Tensor:
            seen.append(ratio)
            return ratio.abs().max()

        options = {"first_step": h, "norm": norm}
        end = run(counted, y, t, t + h, method=self.name, rtol=0.0, atol=HUGE, options=options)
        if (len(calls), len(seen)) != (self.stages, 1):
            raise AnalysisError(
                f"{self.name} evaluated f {len(calls)} times in {len(seen)} steps, one step needs {self.stages}"
            )
        return end, seen[0].numpy() * HUGE

    def step(self, f: Any, t: float, y: Any, h: float) -> Any:
        return self.both(f, t, y, h)[0]

    def embedded(self, f: Any, t: float, y: Any, h: float) -> Any:
        end, error = self.both(f, t, y, h)
        return end - error


def integrator(name: str) -> Any:
    def integrate(f: Any, y: Any, T: float, n: int) -> Any:
        options = {**CONVERGED["options"], "step_size": T / n}  # type: ignore[dict-item]
        return run(on_tensors(f), y, 0.0, T, method=name, rtol=CONVERGED["rtol"], options=options)

    return integrate


def run(f: Any, y: Any, start: float, end: float, **how: Any) -> Any:
    times = torch.tensor([start, end], dtype=torch.float64)
    with torch.no_grad():
        return odeint(f, torch.from_numpy(y), times, **how)[-1].numpy()


def on_tensors(f: Any) -> Any:
    return lambda t, y: torch.from_numpy(f(float(t), y.numpy()))
