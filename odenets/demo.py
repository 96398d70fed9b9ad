"""The main job: train two networks that differ in their scheme only, and read what was learned with theory."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from analysis import modified_text
from odenets.cli.common import table
from odenets.jobs import prepare
from odenets.progress import progress
from odenets.records import Records
from odenets.report import write_report
from odenets.results import Group, groups, learned, stage_lengths, with_interval
from odenets.training import train
from schemes import formula_lines, get

NETWORKS = {"euler": "ResNet", "lm2": "LM-ResNet"}


def run_demo(seeds: int, depth: int, epochs: int | None, root: Path, console: Console) -> None:
    """Train both networks on the digits, print results and theory, write the report; its path is the last line."""
    recipe = {} if epochs is None else {"epochs": epochs}
    runs, precision = [], "auto"
    for seed in range(seeds):
        for scheme, network in NETWORKS.items():
            console.print(
                f"\n{network}-{depth}: {'; '.join(formula_lines(get(scheme)))}, digits, seed {seed}", markup=False
            )
            work, dataset = prepare("digits", recipe=recipe, scheme=scheme, depth=depth, seed=seed, precision=precision)
            with progress(console) as report:
                runs.append(train(work, root, report, dataset))
            with Records(root) as records:  # measured once: all runs are to have the same arithmetic
                precision = records.run(runs[-1]).config["precision"]
    with Records(root) as records:
        found = groups(records.run(run) for run in runs)
        console.print()
        console.print(results_table(found))
        for group in found:
            if group.config["scheme"] == "lm2":
                console.print(k_table(records, group))
    for scheme in NETWORKS:
        console.print(f"{scheme} follows   {modified_text(get(scheme), 3)}", soft_wrap=True, markup=False)
    console.print("\nreport:")
    print(write_report(root, runs, root / "report.html", figures=root))


def results_table(found: list[Group]) -> object:
    header = ["network", "test error %, mean ± 95 %", "parameters", "seconds a run"]
    rows = [
        [f"{NETWORKS[g.config['scheme']]}-{g.config['spec']['depth']}", with_interval(g.errors), f"{g.parameters:,}",
         f"{g.seconds:.0f}"]
        for g in found
    ]  # fmt: skip
    return table("Handwritten digits", header, rows, numbers=(1, 2, 3))


def k_table(records: Records, group: Group) -> object:
    """The learned k of each step, mean over the seeds, with what theory says of it."""
    k = learned(records, group, "k")[:, -1].mean(0)
    length = stage_lengths(group.config["spec"])[0]
    rows = []
    for n, value in enumerate(k):
        place = f"{n // length + 1}.{n % length + 1}"
        if value != value:
            rows.append([place, "–", "–", "–", "first step of a stage: no history, no k"])
        else:
            verdict = "zero-stable" if -1 < value <= 1 else "NOT zero-stable"
            side = "accelerating" if value < 0 else "damping"
            rows.append(
                [
                    place,
                    f"{value:+.3f}",
                    f"{1 / (1 + value):.3f}" if value > -1 else "none",
                    f"{-value:+.3f}",
                    f"{verdict}, {side}",
                ]
            )
    title = "Learned k_n against theory (zero-stable for -1 < k ≤ 1)"
    return table(
        title, ["stage.step", "k_n", "effective step 1/(1+k)", "parasitic root -k", "verdict"], rows, numbers=(1, 2, 3)
    )
