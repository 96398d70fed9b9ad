"""Result files of a study that nobody has trained, and the page that follows from them."""

import json
from pathlib import Path

from odenets.studies.evidence import page_of
from odenets.studies.evidence_modified import FIXED
from odenets.studies.evidence_networks import NETWORKS
from schemes import dumps, get

ROOT = Path(__file__).parents[3]
RECIPE = {
    "epochs": 2,
    "lr": 0.1,
    "milestones": [1],
    "factor": 0.1,
    "weight_decay": 1e-4,
    "decay": "steps",
    "warmup": 0.0,
}
K = [[None, -0.05, -0.05] * 3, [None, 0.5, -0.5, None, 0.25, -0.5, None, 0.5, -2.0]]
SHORT = ["short_resnet20", "short_resnet32", "short_resnet44", "short_lm_resnet20", "short_lm_resnet32"]
CELLS = [*NETWORKS, *FIXED, "stochastic_depth", "tune_steps", *SHORT]


def inside(before, after):
    """Four hλ with Re hλ ≤ 0, of which such shares are in Euler's disc, and two with Re hλ > 0, which count nowhere."""
    table = json.loads(dumps(get("euler"), "json"))

    def values(share):
        count = round(4 * share)
        return [[[-1.0, 0.5]] * count + [[-3.0, 0.0]] * (4 - count) + [[0.5, 0.1], [0.5, -0.1]]]

    tables = {"table_before": table, "table_after": table}
    return {**tables, "before": values(before), "after": values(after)}


def measures(k):
    steps = [{"stage": 0, "step": n, "k": k, "scheme": "lm2", "inside_before": 0.25, "inside_after": 0.5,
              "growth_before": 1.5, "growth_after": 1.25, **inside(0.25, 0.5)} for n in range(2)]  # fmt: skip
    norms = [2.0, 1.5, 1.25, 1.0]
    advance = {"measured": [1.0, 1.4, None], "transient": [1.0, 1.5, 1.25], "limit": [2.0, 2.0, 2.0]}
    both = {"error": 12.0, "recalibrated": 11.0}
    removed = {"error": 30.0, "recalibrated": 20.0}
    blocks = {"error": [12.0, None], "recalibrated": [13.0, None]}
    return {
        "spectra": {"images": 1, "steps": [*steps, {"stage": 1, "step": 0, "sentence": "it crosses the shape"}]},
        "sensitivity": {when: {"gradients": norms, "advance": advance} for when in ("trained", "before")},
        "inputs": {"levels": [0, 0.1], "error": [12.0, 20.0]},
        "ablations": {
            "images": 5,
            "whole": both,
            "history_removed": removed,
            "last_stage_removed": removed,
            "blocks_removed": blocks,
        },
    }


def write(folder, cell, seed=0, error=12.0, study="cpu", held_out=0, recipe=RECIPE, k=None, parameters=272_378, **more):
    spec = {"scheme": {"stochastic_depth": "lm2_stochastic_depth"}.get(cell, cell if "consistent" in cell else "lm2")}
    config = {
        "recipe": recipe,
        "data": "cifar10",
        "precision": "fp32",
        "device": "cpu",
        "threads": 1,
        "spec": spec if k else {},
    }
    found = {
        "study": study, "cell": cell, "title": f"{cell}!", "seed": seed, "when": "", "conditions": {"commit": "abc"},
        "config": config | ({"held_out": held_out} if held_out else {}), "parameters": parameters, "evaluations": 9,
        "seconds": 3600.0, "steps": [3, 3, 3], "learned": {"k": k} if k else {}, "measures": {},
        "metrics": {"test_error": [90.0, 50.0, error], "train_loss": [None, 1.5, 1.0]},
        "loss_by_step": {"every": 20, "loss": [2.0, 1.0] * 10}, **more,
    }  # fmt: skip
    path = folder / study / f"{cell}-s{seed}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))
    return path


def fill(folder):
    """A study in which everything has run."""
    for cell in CELLS:
        for seed in (0, 1, 2) if cell in ("resnet20", "lm_resnet20") else (0,):
            k = K if "lm" in cell or cell == "stochastic_depth" else None
            error = 12.0 + 0.1 * seed - 0.5 * (cell == "lm_resnet20")
            held_out = 5000 if cell.startswith("tune") else 0
            write(folder, cell, seed, error, k=k, held_out=held_out, measures={} if held_out else measures(-0.5))
    for seed in (0, 1):
        for name in ("resnet20", "lm_resnet20", "resnet56"):
            write(
                folder, name, seed, 8 + 0.1 * seed - 0.5 * name.startswith("lm"), "gpu", k=K if "lm" in name else None
            )


def made(folder, page=None):
    page = page or folder / "docs" / "evidence.md"
    return page_of(folder, page, page.parent / "images")


def claim(found, text):
    return next(c for c in found.claims if c.text == text)  # of the sections on the CPU, which come first
