"""What `odenets build` says of a network: costs, and what theory knows of its schemes, as phrases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from odenets.advice import advise, zero_stability
from odenets.depth.chains import stages
from odenets.equilibrium import ImplicitStep
from odenets.equilibrium.order import is_system, together
from odenets.memory import Memory
from odenets.memory.conditioning import expected
from odenets.stages import Crossing, Stage
from odenets.tables import evaluated, wired
from schemes import Scheme, formula_lines

if TYPE_CHECKING:
    from odenets.costs import Costs
    from odenets.network import Network
    from odenets.wiring import Step


@dataclass(frozen=True)
class Taken:
    """A step that a network takes: its scheme, its module, and whether it is a whole step of the scheme.

    Others start a history, or change the shape.
    """

    scheme: Scheme
    module: Step
    whole: bool


Steps = dict[str, list[Taken]]  # by the name of their scheme


def steps_of(model: Network) -> Steps:
    """The steps of a network by the name of their scheme."""
    found: Steps = {}
    for scheme, (stage, _, step) in zip(model.schemes(), model.steps(), strict=True):
        taken = Taken(scheme, step, step.scheme == wired(model.spec, scheme, stage))
        found.setdefault(scheme.name, []).append(taken)
    return found


def typical(steps: Sequence[Taken]) -> Taken:
    """The last whole step, or the last one where there is none."""
    return next((taken for taken in reversed(steps) if taken.whole), steps[-1])


def counted(costs: Costs, shape: tuple[int, ...]) -> dict[str, str]:
    """What a network costs an input of a shape."""
    depth = costs.depth
    paths = f"{depth.paths:,}" if depth.paths < 10**6 else f"{depth.paths:.1e}"
    facts = {
        "multiply-adds": f"{short(costs.multiply_adds)} an input of {'×'.join(map(str, shape))}",
        "activation memory": f"{short(costs.activation_bytes, 1024)}B an input, estimated: what backward needs",
        "effective depth": f"{depth.longest} layers on the longest path, {depth.shortest} on the shortest, "
        f"{float(depth.mean):.1f} in the mean of {paths} paths",
    }
    if costs.measured_bytes is not None:
        facts["measured memory"] = f"{short(costs.measured_bytes, 1024)}B an input at the peak of a train step"
    return facts


def remembered(model: Network) -> dict[str, str]:
    """What a network with rebuilt states keeps of them; nothing of one that keeps all."""
    memory = Memory(model.spec.reversible, model.spec.fallback, model.spec.checkpoint)
    if not memory:
        return {}
    chains = [stage.chain() for stage in stages(model)]
    keeps = [expected(chain, memory)[0] for chain in chains]
    steps, computed = sum(map(len, chains)), sum(len(keep.computed) for keep in keeps)
    how = f"{steps - computed} of {steps} steps are undone, " if memory.reversible else ""
    bits = ", with the bits that rounding loses" * (memory.reversible and memory.fallback == "exact")
    kept = sum(len(keep.kept) for keep in keeps)
    return {"states": f"{how}{kept} state{'s are' if kept != 1 else ' is'} kept{bits}"}


def solved(model: Network) -> dict[str, str]:
    """What solves the implicit stages of a network; nothing of one that has none."""
    found = next((step.solver for *_, step in model.steps() if isinstance(step, ImplicitStep)), None)
    counts = "multiply-adds are counted with its first and its last evaluation"
    return {} if found is None else {"solver": f"{found.text}; {counts}"}


def advised(model: Network, found: Steps) -> dict[str, str]:
    """What theory says of the schemes of a network's steps; by scheme where several take turns.

    Evaluations and live states are those of the steps as wired, in which an implicit stage is a resolvent.
    """
    facts = {**solved(model), **statistics(model), "zero-stability": zero_stability(*model.schemes()).text}
    for name, steps in found.items():
        of = f" of {name}" if len(found) > 1 else ""
        first, last, table = advise(steps[0].scheme), advise(steps[-1].scheme), typical(steps).module.scheme
        whole = sum(taken.whole for taken in steps)
        if whole < len(steps):
            facts[f"whole steps{of}"] = f"{whole} of {len(steps)}; the others start a history or change the shape"
        for fact in ("order", "effective_step", "real_interval", "imaginary_interval"):
            one, other = getattr(first, fact), getattr(last, fact)
            at = f" {first.start}" if first.start and fact != "order" else ""
            both = f"{one}{at} in the first, {other} in the last of {len(steps)} steps"
            facts[f"{fact.replace('_', ' ')}{of}"] = f"{one}{at}" if one == other else both
        facts |= {f"evaluations a step{of}": evaluations(table), f"live states{of}": live(table)}
    return facts


def statistics(model: Network) -> dict[str, str]:
    """Where a block of batch norms is evaluated several times a step: their one set of running statistics fits none."""
    counts: Counter[str] = Counter()
    for *_, step in model.steps():
        if not isinstance(step, ImplicitStep):
            own = {name: n for name, n in Counter(step.block_names).items() if n > 1 and measures(getattr(step, name))}
            counts |= Counter(own)  # the larger of both
    if not counts:
        return {}
    name, n = counts.most_common(1)[0]
    behind = [sum(not isinstance(step, Crossing) for step in cast(Stage, stage).steps) for stage in model.stages]
    weights = "; ".join(f"constant:{max(1, count)}" for count in behind)
    return {
        "running statistics": f"one set for the {n} evaluations of {name} in a step, which fits none of them when "
        f"tested; --weights '{weights}' keeps one for each, --norm group none"
    }


def measures(block: nn.Module) -> bool:
    return any(isinstance(module, _BatchNorm) for module in block.modules())


def evaluations(table: Scheme) -> str:
    """The blocks that a step evaluates: "3", by field "2 of f, 1 of g"; how they are solved, "2, solved together"."""
    counts, sizes = Counter(evaluated(table)), solved_sizes(table)
    text = ", ".join(f"{n} of {field}" for field, n in counts.items()) if len(counts) > 1 else f"{counts.total()}"
    if not sizes:
        return text
    some = f"{sum(sizes)} of them " * (sum(sizes) < counts.total())
    joint = " together" * (max(sizes) > 1)
    turns = " one after the other" if not joint else f" in {len(sizes)} groups"
    return f"{text}, {some}solved{joint}{turns * (len(sizes) > 1)}"


def live(table: Scheme) -> str:
    """The live states of a step; of one that is solved, what is known of them."""
    if sizes := solved_sizes(table):
        return f"those of the solver, which keeps iterates of {max(sizes)} stage{'s' * (max(sizes) > 1)} at a time"
    return advise(table).registers


def solved_sizes(table: Scheme) -> list[int]:
    """How many stages are solved together, group after group."""
    return [len(group) for group in together(table) if is_system(table, group)]


def formulas(found: Steps) -> dict[str, list[str]]:
    """The formula of each scheme; also of the last step where numbers vary over the depth."""
    lines: dict[str, list[str]] = {}
    for name, steps in found.items():
        lines[name] = formula_lines(steps[0].scheme)
        if steps[-1].scheme != steps[0].scheme:
            lines[f"{name}, the last of {len(steps)} steps"] = formula_lines(steps[-1].scheme)
    return lines


def codes(found: Steps) -> dict[str, str]:
    """The source of a step of each scheme: of a whole one where there is any."""
    part = "{}, a step that starts its history or changes the shape,"
    typically = {name: typical(steps) for name, steps in found.items()}
    return {name if taken.whole else part.format(name): taken.module.code for name, taken in typically.items()}


def short(number: int, base: int = 1000) -> str:
    """A number with a prefix: 40.6 M; of bytes with base 1024: 1.2 Mi."""
    prefixes = ["", *("kMGT" if base == 1000 else "KMGT")]
    power, value = 0, float(number)
    while value >= base and power < len(prefixes) - 1:
        value, power = value / base, power + 1
    mark = prefixes[power] + ("i" if base == 1024 and power else "")
    return f"{value:.3g} {mark}" if value < 1000 else f"{value:,.0f} {mark}"
