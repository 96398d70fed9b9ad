"""The Neural ODE of a network: the same stem, crossings and head, its steps replaced by u' = f(u, t)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol, cast

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from odenets.continuous.intervals import Interval, intervals
from odenets.continuous.solving import Solving, is_adaptive, methods
from odenets.continuous.stepping import Stepping
from odenets.depth.chains import stages
from odenets.errors import OdenetsError
from odenets.network import Network, build
from odenets.spec import Spec
from odenets.stages import Crossing, Stage, States
from schemes import Scheme, get, names

Model = Network | Spec | str


class Solver(Protocol):
    """What takes the states of a stage over its chain; evaluations of the right-hand side, the last time."""

    evaluations: int

    @property
    def time(self) -> Fraction: ...

    def __call__(self, states: States) -> States: ...


def ode(
    model: Model,
    solver: str | Scheme = "dopri5",
    *,
    steps: int | Sequence[int] | None = None,
    adjoint: bool = False,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    how: str = "constant",
    options: Mapping[str, Any] | None = None,
) -> Twin:
    """The Neural ODE of a network, whose depth is its time: u_c' = Σ f(u_r) over T = Σ h ψ of each stage's steps.

    ψ is the effective step of a step's table (schemes.consistency): an LM-ResNet follows u' = f(u), a step of it takes
    1/(1+k). Which field acts from which component r on which component c says the table. Random coefficients are at
    their means. The blocks of a step are the field for as long as the step takes; where all steps share them the
    equation is autonomous.

    model    a network, whose modules the twin shares: training one trains the other; a spec or name is built first
    solver   a scheme of the registry, or any Scheme that is explicit and of one field (or of the network's fields):
             `steps` of it, as many as the network's unless said. Or a method of torchdiffeq: dopri5 and the like choose
             their own steps by rtol and atol; rk4 takes `steps`. What both have is adaptive without `steps`
    steps    of each stage behind the step that changes its shape, a number or one a stage: a multiple of the blocks in
             depth, so that none reaches over a jump of the field
    adjoint  gradients from the adjoint equation (torchdiffeq), in memory that no number of steps changes
    how      "constant", or "linear": the weights of the blocks move from step to step, as those of odenets.depth do
    options  of torchdiffeq's method, such as {"max_num_steps": 1000}

    With the network's own scheme and as many steps the twin is the network, bit for bit (stages of a step that have
    own blocks, share = "stage", are averaged). Batch norm makes the field depend on the batch, and in training its
    running statistics are updated at each evaluation: a warning says so. What a network keeps for its backward pass
    (reversible, checkpoint) is of its own steps; a twin keeps what its solver keeps.
    Raises OdenetsError where no equation is behind the network (relu behind the sum, operator schemes, maps and
    resolvents, a double root 1), and for a solver that does not fit; the twin does where the solver gives up.
    Source: Chen, Rubanova, Bettencourt, Duvenaud 2018 (arXiv 1806.07366); Lu et al. 2018, section 2.
    """
    network = built(model)
    how_many = counts(network, steps)
    given = {"rtol": rtol, "atol": atol, "options": dict(options or {})}
    courses = [intervals(stage, how) for stage in stages(network)]
    warn_of_batches(courses)
    solvers = [
        solver_of(stage, course, solver, count, adjoint, given) if course else None
        for stage, course, count in zip(stages(network), courses, how_many, strict=True)
    ]
    return Twin(network, solvers)


def solver_of(
    stage: Stage, course: Sequence[Interval], solver: str | Scheme, count: int | None, adjoint: bool,
    given: Mapping[str, Any],
) -> Solver:  # fmt: skip
    own = sum(len(part.flows) for part in course) if count is None else count
    if given["options"] and not by_torchdiffeq(solver, count, adjoint):
        raise OdenetsError(f"options = {given['options']} are of torchdiffeq's methods, which do not solve here")
    if by_torchdiffeq(solver, count, adjoint):
        method = cast(str, solver)
        return Solving(stage, course, method, None if is_adaptive(method) else own, adjoint, given)
    return Stepping(stage, course, get(solver) if isinstance(solver, str) else solver, own)


class Twin(nn.Module):
    """A network with its chains of steps replaced by what solves their equation, made by `ode` or `sde`.

    network      the network, whose modules these are
    evaluations  of the right-hand side in the last forward
    """

    def __init__(self, network: Network, solvers: Sequence[Solver | None]) -> None:
        super().__init__()
        self.network, self.solvers = network, solvers
        for stage, solver in zip(stages(network), solvers, strict=True):
            check_handed(stage, solver)

    @property
    def times(self) -> list[Fraction]:
        """T of each stage, with the learned coefficients as they are."""
        return [Fraction(0) if solver is None else solver.time for solver in self.solvers]

    @property
    def evaluations(self) -> int:
        return sum(solver.evaluations for solver in self.solvers if solver is not None)

    def forward(self, inputs: Tensor) -> Tensor:
        u = self.network.stem(inputs)
        for stage, solver in zip(stages(self.network), self.solvers, strict=True):
            states = entered(stage, u)
            states = states if solver is None else solver(states)
            u = states if stage.gives else stage.start.joined(states)
        return cast(Tensor, self.network.head(u))


def check_handed(stage: Stage, solver: Solver | None) -> None:
    """Raises OdenetsError where the next stage asks for a history, which a solution has not."""
    if stage.gives and len(stage.start.origins) > stage.start.parts and not getattr(solver, "same", solver is None):
        raise OdenetsError(
            f"stage {stage.number + 1} hands its history on to the next (history = 'project'), and a solution has "
            "none: take history = 'restart', or the network's own scheme and steps"
        )


def entered(stage: Stage, u: Any) -> States:
    """The states with which the chain of a stage begins."""
    states: States = u if stage.keeps else (u,)
    if stage.enter is not None:
        states = stage.enter(*states)
    elif not stage.crosses and not stage.keeps:
        states = stage.start(*states)
    for step in stage.steps:
        if isinstance(step, Crossing):
            states = step(*states)
    return states


def built(model: Model) -> Network:
    if isinstance(model, Network):
        return model
    if isinstance(model, Spec | str):
        return build(model)
    raise OdenetsError(f"a twin is of a network, a spec or a model's name, not of {type(model).__name__}: build one")


def counts(network: Network, steps: int | Sequence[int] | None) -> Sequence[int | None]:
    """The number of steps for each stage."""
    count = len(network.stages)
    if steps is None or isinstance(steps, int):
        return [steps] * count
    if len(steps) != count:
        raise OdenetsError(
            f"steps = {tuple(steps)} are for {len(steps)} stages, the network has {count}: give one each"
        )
    return list(steps)


def by_torchdiffeq(solver: str | Scheme, count: int | None, adjoint: bool) -> bool:
    """Whether a method of torchdiffeq solves: one that the registry has not, an adaptive one without steps, an adjoint.

    Raises OdenetsError for a name that neither knows, and where the adjoint is asked of a scheme.
    """
    if isinstance(solver, Scheme) or solver not in methods():
        if adjoint:
            name = solver if isinstance(solver, str) else solver.name
            raise OdenetsError(
                f"{name} is no method of torchdiffeq, whose adjoint this is: take {', '.join(methods())}"
            )
        return False
    if is_adaptive(solver):
        if count is not None and (adjoint or solver not in names()):
            raise OdenetsError(f"{solver} chooses its own steps: leave steps = {count} out, or take a fixed method")
        return count is None
    return adjoint or solver not in names()


def warn_of_batches(courses: Sequence[Sequence[Interval]]) -> None:
    parts = [part for course in courses for part in course]
    norming = [part for part in parts if any(map(tracks, (m for block in part.blocks for m in block.modules())))]
    if norming:
        kept = "stay as they are" if all(part.fields for part in norming) else "are updated at each evaluation"
        warnings.warn(
            f"the blocks norm over the batch: in training the field depends on the batch, and running statistics {kept}"
            "; take norm = 'group' for an equation of each example",
            stacklevel=3,
        )


def tracks(module: nn.Module) -> bool:
    return isinstance(module, _NormBase) and module.track_running_stats
