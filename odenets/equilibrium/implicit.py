"""A step of an implicit scheme as a module, whose coupled stages are solved."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch._compile import _disable_dynamo
from torch._subclasses import FakeTensor

from odenets.coefficients import drawn, learned, live
from odenets.equilibrium.evaluation import Order, Packed, Stages
from odenets.equilibrium.gradient import equilibrium
from odenets.equilibrium.mixing import Map
from odenets.equilibrium.solver import Solution, Solver
from odenets.equilibrium.text import code
from odenets.errors import OdenetsError
from odenets.memory.replay import Draws, quiet, untouched
from odenets.rows import combined
from odenets.wiring import Step
from schemes import Scheme


class ImplicitStep(Step):
    """One step of any scheme: step(u), or step(u_n, u_{n-1}, …), gives the next state or states.

        F_i = f(Σ U_ij u_j + Σ A_ij F_j)

    is solved for the increments F = h f(Y) of coupled stages, all other stages are evaluated once. Backward solves the
    transposed table's stages; the graph of one evaluation of each block is kept. While it is solved, norms take the
    statistics of the batch without tracking them and every evaluation draws the same noise; the evaluation at the
    solution tracks them. Samples are counted along the first axis; the increments are solved for in single precision
    at least.

    iterations  of the last call (forward, backward): evaluations of the coupled stages, and products with derivatives
    residual    the largest of a sample, forward, of the last call

    Raises OdenetsError where the solver does not come to its tolerance, forward or backward.
    Source of the gradient: Bai, Kolter, Koltun 2019, theorem 1.
    """

    __reduce__ = nn.Module.__reduce__

    def __init__(
        self, scheme: Scheme, blocks: Mapping[str, nn.Module], channels: int | None, dims: int, solver: Solver
    ) -> None:
        super().__init__(scheme, blocks, channels, dims)
        self.solver = solver
        self.orders = {training: Order.of(scheme, self.block_names, training) for training in (True, False)}
        self.code = code(scheme, self.block_names, solver.method)
        self.iterations = (0, 0)
        self.residual = 0.0

    @_disable_dynamo  # evaluations depend on values; torch.compiler imports the compiler
    def forward(self, *states: Tensor) -> Any:
        order, values = self.orders[self.training], self.values(states[0])
        self.iterations, self.residual = (0, 0), 0.0
        operands: list[Tensor | None] = [*states, *[None] * len(order.stages)]
        for implicit, group in order.groups:
            stages = Stages(self, order, values, operands, group, states[0])
            found = self.solved(stages) if implicit else stages.evaluated([None])
            for i, F in zip(group, found, strict=True):
                operands[len(states) + i] = F
        nexts = tuple(combined(row, operands, values) for row in order.nexts)
        nexts = tuple(0 * states[0] if x is None else x for x in nexts)
        return nexts if len(nexts) > 1 else nexts[0]

    def values(self, u: Tensor) -> dict[str, Any]:
        """The coefficients, random ones drawn, by the names that the table has for them."""
        fixed = {name: live(self, name) for name in learned(self.scheme)}
        return fixed | drawn(self.scheme, lambda attribute: getattr(self, attribute)(u))

    def solved(self, stages: Stages) -> list[Tensor]:
        """The increments of coupled stages."""
        device = stages.like.device
        draws = Draws.now(device) if self.training and device.type != "meta" else None
        with torch.no_grad(), quiet(self), untouched(self), draws.again() if draws else nullcontext():
            start = stages.evaluated([None] * len(stages.group))
        packed = Packed(start)

        def g(x: Tensor) -> Tensor:
            return packed.rows(stages.evaluated(packed.parts(x)))

        def again(x: Tensor) -> Tensor:
            with quiet(self), untouched(self), draws.again() if draws else nullcontext():
                return g(x)

        def solve(mapping: Map, x: Tensor, linear: bool) -> Tensor:
            if x.is_meta or isinstance(x, FakeTensor):  # shapes alone
                return x
            solver = replace(self.solver, tolerance=max(self.solver.tolerance, packed.rounding))
            return self.told(solver.solve(mapping, x, linear), solver, linear)

        found = packed.parts(equilibrium(g, packed.rows(start), solve, again))
        return [F.to(stages.like.dtype) for F in found]

    def told(self, solution: Solution, solver: Solver, backward: bool) -> Tensor:
        """The solution, its costs noted. Raises OdenetsError where it is none."""
        x, n, residual = solution
        forth, back = self.iterations
        self.iterations = (forth, back + n) if backward else (forth + n + 2, back)  # first and recorded one
        if not backward:
            self.residual = max(self.residual, residual)
        if not residual <= solver.tolerance:
            what = "the gradient of its stages is" if backward else "its stages are"
            others = " or ".join(repr(m) for m in ("anderson", "newton") if m != solver.method)
            raise OdenetsError(
                f"{self.scheme.name}: {what} not solved by {solver.method}, residual {residual:.1e} after {n} "
                f"evaluations where the tolerance is {solver.tolerance:.0e}: take a smaller step h, solver = {others}, "
                "more iterations (solving), or unroll"
            )
        return x

    def extra_repr(self) -> str:
        return f"{self.scheme.name}, {self.solver}"
