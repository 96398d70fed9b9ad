"""Section 1 of the page of evidence: the schedule, chosen on one network and then left alone."""

from __future__ import annotations

from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import IMAGES, Claim, not_run
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links, Section, error_text, of_errors, recipe_words
from odenets.studies.statistics import wilson

TUNED = ("tune_steps", "tune_linear")
TARGET = 85.0  # % of test images that ResNet-20 is to answer rightly


def schedule(runs: Runs, links: Links) -> Section:
    """The recipes tried, the one chosen, and whether all networks of full length were trained by it."""
    tried = [r for r in runs.results if r.held_out]
    names = list(dict.fromkeys([*TUNED, *(r.cell for r in tried)]))
    best = min(tried, key=lambda r: r.error, default=None)
    header = ["cell", "epochs", "schedule", "weight decay", "held-out error, %", "hours", "", "files"]
    rows = [row(runs, name, best, links) for name in names]
    tables = {"tried": pipes(header, rows), "frozen": frozen(runs, best)}
    return Section(tables, [reached(runs)], ["Nothing: a choice, not a finding."])


def row(runs: Runs, name: str, best: Result | None, links: Links) -> list[str]:
    found = runs.of(name)
    if not found:
        return [f"`{name}`", *[""] * 3, NOT_RUN, "", "", ""]
    recipe = found[0].config["recipe"]
    error = of_errors(runs.mean(name), found[0].held_out or IMAGES)
    chosen = "chosen" if best is not None and name == best.cell else ""
    return [f"`{name}`", str(recipe["epochs"]), recipe_words(recipe), f"{recipe['weight_decay']:g}", error,
            f"{found[0].hours:.1f}", chosen, links(found)]  # fmt: skip


def frozen(runs: Runs, best: Result | None) -> str:
    """How many of the networks of as many epochs as ResNet-20 were trained by the recipe that was chosen."""
    plain = runs.of("resnet20")
    if best is None or not plain:
        return f"Which results have the chosen recipe: {NOT_RUN}."
    trained = [r for r in runs.results if not r.held_out]
    full = [r for r in trained if r.config["recipe"]["epochs"] == plain[0].config["recipe"]["epochs"]]
    chosen = sum(r.config["recipe"] == best.config["recipe"] for r in full)
    return f"{chosen} of {len(full)} results of as many epochs as ResNet-20's have the recipe of `{best.cell}`."


def reached(runs: Runs) -> Claim:
    """Whether ResNet-20 answers enough test images rightly: by its interval over seeds, else by that of the images."""
    text = f"ResNet-20 answers at least {TARGET:g} % of the test images rightly by this recipe"
    found = runs.mean("resnet20")
    if not found.count:
        return not_run(text)
    found = found if found.known else wilson(found.mean, IMAGES)
    grounds = f"test error {error_text(runs, 'resnet20')} %, by its 95 % interval"
    if found.high <= 100 - TARGET:
        return Claim(text, "holds", grounds)
    if found.low > 100 - TARGET:
        return Claim(text, "does not hold", grounds)
    return Claim(text, "not decided", f"{grounds}: the interval contains {100 - TARGET:g} %")
