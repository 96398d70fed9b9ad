"""Which figures the page of evidence has, for the results that there are; drawn by odenets.figures_… when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odenets.studies.evidence_compression import FAMILIES, points
from odenets.studies.evidence_learned import learned_k
from odenets.studies.evidence_modified import FIXED, LEARNED
from odenets.studies.evidence_networks import NETWORKS
from odenets.studies.evidence_published import PAPER, REPLICATION, SIZES, table
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_spectra import WITH_SPECTRA, measured_steps

if TYPE_CHECKING:
    from matplotlib.figure import Figure

K_CELLS = ("lm_resnet20", "short_lm_resnet32", "lm_resnet32", "lm_resnet44", "lm_resnet56")


@dataclass(frozen=True)
class Picture:
    """A figure of the page: the section it stands in, its file's name, what a reader who does not see it is told."""

    section: str
    name: str
    alt: str
    draw: Callable[[], Figure]


def pictures(studies: Mapping[str, Runs]) -> list[Picture]:
    """All figures that the results allow, in the order of the page."""
    cpu, gpu = (studies.get(name, Runs(name, ())) for name in ("cpu", "gpu"))
    found = [
        *schedules(cpu),
        *errors(cpu),
        *stochastic_depth(cpu),
        *sizes(cpu, "compression", "short_"),
        *learned(cpu, "k"),
        *spectra(cpu),
        *by_k(cpu),
    ]
    return [*found, *sizes(gpu, "gpu", ""), *learned(gpu, "gpu")]


def schedules(runs: Runs) -> Iterator[Picture]:
    """Held-out errors of the recipes that were tried."""
    tried = [cell for cell in runs.cells if runs.of(cell)[0].held_out]
    yield from by_epoch(runs, tried, "schedule", "Schedules tried on ResNet-20", "held-out training images")


def stochastic_depth(runs: Runs) -> Iterator[Picture]:
    cells = [cell for cell in (LEARNED, "stochastic_depth") if runs.of(cell)]
    if len(cells) > 1:
        yield from by_epoch(
            runs, cells, "stochastic depth", "LM-ResNet-20 with stochastic depth and without", "test images"
        )


def by_epoch(runs: Runs, cells: Sequence[str], section: str, title: str, of: str) -> Iterator[Picture]:
    """Errors of some cells after each epoch."""
    known = {runs.title(cell): [r.data["metrics"]["test_error"][1:] for r in runs.of(cell)] for cell in cells}
    if not known:
        return

    def draw() -> Figure:
        from odenets.figures_evidence import errors_by_epoch

        return errors_by_epoch(known, title, of)

    yield Picture(section, f"epochs-{section.replace(' ', '-')}", f"{title}: error by epoch", draw)


def errors(runs: Runs) -> Iterator[Picture]:
    if not any(runs.of(cell) for cell in NETWORKS):
        return

    def draw() -> Figure:
        from odenets.figures_evidence import Measured, errors_by_network

        shown = [
            Measured(runs.title(cell, title), 0, tuple(runs.errors(cell).values()), runs.mean(cell).width)
            for cell, title in NETWORKS.items()
        ]
        return errors_by_network(shown, "Test error by network", epochs_of([r for c in NETWORKS for r in runs.of(c)]))

    yield Picture("networks", "errors", "Test error of each network with its single seeds and intervals", draw)


def epochs_of(results: Sequence[Result]) -> int:
    return max(int(r.config["recipe"]["epochs"]) for r in results)


def sizes(runs: Runs, section: str, prefix: str) -> Iterator[Picture]:
    """Error against parameters of one study, the paper's and the replication's in grey."""
    families = {name: points(runs, family, prefix) for family, name in FAMILIES.items()}
    if not any(families.values()):
        return

    def draw() -> Figure:
        from odenets.figures_evidence import Measured, errors_by_size

        ours = {
            name: [Measured(p.name, p.size, p.errors, runs.mean(p.cell).width) for p in own]
            for name, own in families.items()
        }
        cells = [p.cell for own in families.values() for p in own]
        epochs = epochs_of([r for cell in cells for r in runs.of(cell)])
        return errors_by_size(ours, elsewhere(), "Test error against parameters", epochs)

    name = f"parameters-{runs.study}"
    yield Picture(section, name, "Test error against parameters of both families, published figures in grey", draw)


def elsewhere() -> dict[str, list[Any]]:
    """Published figures on this axis, by family and source."""
    from odenets.figures_evidence import Measured

    named = {"resnet": "ResNet, published", PAPER: "LM-ResNet, paper", REPLICATION: "LM-ResNet, replication"}
    found: dict[str, list[Any]] = {}
    for p in table():
        if p.family in ("resnet", "lm"):
            label = named["resnet" if p.family == "resnet" else p.source]
            found.setdefault(label, []).append(Measured(p.network, SIZES[p.depth], (p.error,)))
    return found


def learned(runs: Runs, section: str) -> Iterator[Picture]:
    """The learned k of each LM-ResNet against theory."""
    for cell in K_CELLS:
        if (data := learned_k(runs.of(cell))) is None:
            continue

        def draw(data: Any = data, cell: str = cell) -> Figure:
            from analysis.plots import learned_k as drawn

            title = f"Learned $k_n$ of {runs.title(cell)} on CIFAR-10"
            return drawn(data.k, data.stages, epochs=data.epochs, title=title)

        name = f"k-{runs.study}-{cell.replace('_', '-')}"
        yield Picture(section, name, f"Learned k of {runs.title(cell)} by step and epoch against theory", draw)


def spectra(runs: Runs) -> Iterator[Picture]:
    """hλ over the regions of the first seed of ResNet and LM-ResNet, and the growth of both."""
    first = {cell: found[0] for cell in WITH_SPECTRA if (found := [r for r in runs.of(cell) if measured_steps(r)])}
    for cell, result in first.items():

        def draw(cell: str = cell, result: Result = result) -> Figure:
            from odenets.figures_spectra import block_spectra

            return block_spectra(result.data, f"{runs.title(cell)}, seed {result.seed}")

        name = f"spectra-{cell.replace('_', '-')}"
        yield Picture(
            "k", name, f"Leading eigenvalues of each block of {runs.title(cell)} over its step's region", draw
        )
    if first:

        def growth() -> Figure:
            from odenets.figures_spectra import growth_by_depth

            titles = [f"{runs.title(cell)}, seed {r.seed}" for cell, r in first.items()]
            return growth_by_depth([r.data for r in first.values()], titles, "Largest root by step")

        yield Picture("k", "growth", "Largest root by step, before training and after", growth)


def by_k(runs: Runs) -> Iterator[Picture]:
    """Training loss, noise and gradients of the networks with k fixed and learned."""
    known = {named(runs, cell): own for cell in (*FIXED, LEARNED) if (own := runs.of(cell))}
    curves = {title: (own[0].data.get("loss_by_step") or {}) for title, own in known.items()}
    curves = {title: found for title, found in curves.items() if found.get("loss")}

    def loss() -> Figure:
        from odenets.figures_evidence_k import losses

        every = next(iter(curves.values()))["every"]
        recorded = {title: found["loss"] for title, found in curves.items()}
        return losses(recorded, every, epochs_of(known[next(iter(curves))]), "Training loss by k")

    def noise() -> Figure:
        from odenets.figures_evidence_k import noise as drawn

        return drawn({title: found for title, own in known.items() if (found := noisy(own))}, "Noise on the input by k")

    def gradients() -> Figure:
        from odenets.figures_evidence_k import gradients as drawn

        after, before = ({t: line for t, own in known.items() if (line := relative(own[0], when))[0]}
                         for when in ("trained", "before"))  # fmt: skip
        return drawn(after, before, "Gradients by depth and k")

    if curves:
        yield Picture("acceleration", "loss", "Training loss by batch for each k", loss)
    if any(noisy(own) for own in known.values()):
        yield Picture("acceleration", "noise", "Test error by noise on the input for each k", noise)
    if any(relative(own[0], "trained")[0] for own in known.values()):
        yield Picture("acceleration", "gradients", "Norms of gradients by depth for each k", gradients)


def named(runs: Runs, cell: str) -> str:
    """The title of a network with its k."""
    k = "k learned" if cell == LEARNED else f"k = {FIXED[cell]:g}".replace("-", "−")
    title = runs.title(cell)
    return title if "k = " in title else f"{title}, {k}"


def noisy(results: Sequence[Result]) -> list[tuple[list[float], list[float]]]:
    """Levels of noise and test errors of each seed in which they were measured."""
    return [(found["levels"], found["error"]) for r in results if (found := r.measure("inputs"))]


def relative(result: Result, when: str) -> tuple[list[float], list[float]]:
    """Steps passed, and ‖dL/du_n‖ / ‖dL/du_N‖; empty where they were not measured."""
    norms = result.measure("sensitivity").get(when, {}).get("gradients") or [None]
    if None in norms or norms[-1] <= 0:
        return [], []
    return list(map(float, range(len(norms)))), [x / norms[-1] for x in norms]
