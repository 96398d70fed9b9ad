"""The page of a study of noise: one HTML file, figures and all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from odenets import figures_noise as draw
from odenets.errors import OdenetsError
from odenets.noise.noises import NOISES, NONE
from odenets.noise.pairs import Pairing, paired, power
from odenets.noise.studies import kept
from odenets.report import image, write_text
from odenets.report_noise_theory import drawn_figures, theory, weak_figures
from odenets.results import interval, with_interval

Result = dict[str, Any]


def write_noise_report(file: Path, output: Path) -> Path:
    """Write the page of a study's results; gives its path.

    Raises OdenetsError where the file holds no results, and where the page cannot be written.
    """
    if not kept(file):
        raise OdenetsError(f"{file} holds no results yet: run `odenets noise` first")
    write_text(output, render(json.loads(file.read_text())))
    return output


def render(content: dict[str, Any]) -> str:
    plan, results = content["plan"], content["results"]
    template = Environment(loader=PackageLoader("odenets", "."), autoescape=True).get_template("noise.html")
    noisy = [r for r in results if r.get("features")]
    p = plan["strengths"]["p_last"]
    found = pairings(results)
    levels = {"inputs": plan["measures"]["inputs"], "weights": plan["measures"]["weights"]}
    return template.render(
        title=f"Noise in residual networks on {plan['data']}",
        subtitle=f"{len({r['run'] for r in results})} trained networks, {plan['seeds']} seeds, odenets",
        noises=[(name, NOISES[name].about) for name in NOISES if any(r["noise"] == name for r in results)],
        rows=table(results),
        power=power(len({r["seed"] for r in results})),
        failed=content["failed"],
        figures={
            "differences": image(draw.differences(found)) if found else "",
            "variances": image(draw.variances(noisy)) if noisy else "",
            "robustness": image(draw.robustness(results, levels)),
            "reliabilities": image(draw.reliabilities(results)),
        },
        ratios=ratios(noisy),
        theory=theory(results),
        weak=[image(figure) for draws in (weak_figures, drawn_figures) for figure in draws(results, p)],
        conditions=conditions(plan),
    )


def table(results: Sequence[Result]) -> list[dict[str, str]]:
    """A row for each network: errors, likelihood and calibration, at the means and averaged over draws."""
    found, rows = pairings(results), []
    for label, own in by_label(results).items():
        row = {"label": label, "seeds": str(len(own)), "difference": str(found.get(label, ""))}
        for how in ("mean", "samples"):
            for key, scale in (("error", 1), ("nll", 1), ("ece", 100)):
                values = [scale * r["scores"][how][key] for r in own if how in r["scores"]]
                row[f"{how}_{key}"] = spelled(values) if values else "–"
        rows.append(row)
    return rows


def spelled(values: Sequence[float]) -> str:
    """Mean ± half of the interval, to two places, or to three where it is small."""
    mean, width = interval(values)
    return with_interval(values) if mean >= 0.1 else f"{mean:.3f}" + (f" ± {width:.3f}" if width == width else "")


def pairings(results: Sequence[Result]) -> dict[str, Pairing]:
    """Each network against the one without noise, by seed: of its own base, or of the first one."""
    groups = by_label(results)
    plain = {own[0]["base"]: own for own in groups.values() if own[0]["noise"] == NONE}
    first = next(iter(plain.values()))
    found = {}
    for label, own in groups.items():
        if own[0]["noise"] != NONE:
            errors = [{r["seed"]: error(r) for r in group} for group in (own, plain.get(own[0]["base"], first))]
            if common := sorted(errors[0].keys() & errors[1].keys()):
                found[label] = paired(*([e[seed] for seed in common] for e in errors))
    return found


def error(result: Result) -> float:
    """Test error in %: at the means, but of draws where noise is there at the test alone."""
    scores = result["scores"]
    return float(scores.get("mean", scores.get("samples"))["error"])


def by_label(results: Sequence[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for r in results:
        found.setdefault(r["label"], []).append(r)
    return found


def ratios(noisy: Sequence[Result]) -> list[dict[str, str]]:
    """Moments behind the last step of each network, over those of its equation, and over those of its steps of 1."""
    rows = []
    for label, own in by_label(noisy).items():
        row = {"label": label, "refused": own[0]["features"]["refused"]}
        for key in ("variance", "square"):
            for name in ("predicted", "coarse"):
                pairs = [(r["features"]["measured"], r["features"][name]) for r in own if r["features"][name]]
                values = [a[key][-1][0] / b[key][-1][0] for a, b in pairs]
                row[f"{key}_{name}"] = spelled(values) if values else "–"
        rows.append(row)
    return rows


def conditions(plan: dict[str, Any]) -> list[tuple[str, str]]:
    flat = {**{k: v for k, v in plan.items() if not isinstance(v, dict)}}
    for part in ("strengths", "recipe", "measures"):
        flat |= plan[part]
    if design := plan.get("design"):  # one row: some of its names are those of measures
        flat["design"] = [f"{name} = {x}" for name, x in design.items()]
    return [
        (name, ", ".join(map(str, x)) if isinstance(x, list) else str(x)) for name, x in flat.items() if x is not None
    ]
