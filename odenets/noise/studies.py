"""The study of noise: trains what is not trained yet, measures it, and keeps the results beside the run records."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from odenets.errors import OdenetsError
from odenets.files import write_whole
from odenets.network import Network
from odenets.noise.calibration import reliability, scores
from odenets.noise.layers import features
from odenets.noise.modes import is_random, with_weights
from odenets.noise.plans import Entry, Plan
from odenets.noise.predictions import probabilities, test_images
from odenets.noise.robustness import input_noise, weight_noise
from odenets.repeats import finished, plain
from odenets.training import Report, load

FILE = "study.json"
Result = dict[str, Any]
Tell = Callable[[str], None]


def study(plan: Plan, root: Path | str = "runs/noise", report: Report | None = None, tell: Tell | None = None) -> Path:
    """Train and measure the networks of a plan; gives the file of the results, which is written after each of them.

    A study that was interrupted goes on where it was: runs of the same job are not trained again, and results of the
    same measures not measured again. A network whose training fails (a loss that is not finite) is told and left out.
    Raises OdenetsError as `prepare` and `train` do for the first of the networks without noise.
    """
    root, say = Path(root), tell or (lambda text: None)
    file = root / FILE
    known = {key(r): r for name in ("earlier", "results") for r in kept(file, name)}
    results: list[Result] = []
    failed: list[dict[str, str]] = []
    precision = plan.prepared[0].precision
    for entry, work in plan.jobs():
        work = replace(work, precision=precision)
        where = f"{entry.label}, seed {work.seed}"
        say(where)
        about = {"label": entry.label, "base": entry.base, "noise": entry.noise, "seed": work.seed}
        try:
            run = finished(work, root, report, plan.prepared[1])
            precision = run.config["precision"]  # measured once: all runs are to have the same arithmetic
            about |= {
                "run": run.id,
                "network": plain(entry.evaluated.as_dict()),
                "measures": plain(asdict(plan.measures)),
            }
            results.append(known.get(key(about)) or about | measure(plan, entry, work.seed, load(run.id, root)))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"stopped at {where}; the same command goes on there") from None
        except OdenetsError as error:
            if not results:
                raise
            failed.append({"label": entry.label, "seed": str(work.seed), "why": str(error)})
            say(f"{where}, is left out: {error}")
        own = {key(r) for r in results}
        earlier = [r for k, r in known.items() if k not in own]  # of other plans, and of what comes again
        content = {"plan": plain(plan.as_dict()), "failed": failed, "results": results, "earlier": earlier}
        write_whole(file, json.dumps(content, indent=1), "choose another folder by --runs")
    return file


def measure(plan: Plan, entry: Entry, seed: int, network: Network) -> Result:
    """What is asked of one trained network."""
    how, (work, dataset) = plan.measures, plan.prepared
    images, labels = test_images(dataset, work.device)
    network = with_weights(entry.evaluated, network.to(work.device))
    found: Result = {"scores": {}, "reliability": {}}
    ways = {"mean": 0} if entry.own_means else {}
    for name, samples in {**ways, **({"samples": how.samples} if is_random(network) else {})}.items():
        answers = probabilities(network, images, samples, seed)
        found["scores"][name] = scores(answers, labels)
        found["reliability"][name] = plain(asdict(reliability(answers, labels)))
    if entry.own_means:
        found["inputs"] = input_noise(network, images, labels, how.inputs, how.repeats)
        found["weights"] = weight_noise(network, images, labels, how.weights, how.repeats)
    if is_random(network):
        found["features"] = plain(asdict(features(network, images[: how.images], how.draws, seed=seed)))
    return found


def key(result: Result) -> str:
    """What a result depends on."""
    return json.dumps([result[name] for name in ("run", "seed", "network", "measures")], sort_keys=True)


def kept(file: Path, name: str = "results") -> list[Result]:
    """The results of a study that was begun before, or its "earlier" ones, which it does not show.

    Raises OdenetsError for another file of that name.
    """
    if not file.exists():
        return []
    with suppress(OSError, ValueError, KeyError, TypeError):
        found: list[Result] = {"earlier": [], **json.loads(file.read_text())}[name]
        for r in found:
            key(r)  # raises where it is no result
        return found
    raise OdenetsError(f"{file} holds no results of a study: move it away, or give another folder by --runs")
