"""Tiny networks on a few digits, and what a run of them is."""

from functools import cache

from odenets import Records, checkpoint, data
from odenets.jobs import job_on
from odenets.studies.running import one
from odenets.training import CHECKPOINT

TINY = {"depth": 8, "widths": (4, 6, 8), "precision": "fp32", "threads": 1}
TIMED = ("seconds", "images_per_second")


@cache
def few_digits():
    """200 images: three batches of 64 and one of 8."""
    whole = data.load("digits")
    few = [data.Split(s.images[:n], s.labels[:n]) for s, n in ((whole.train, 200), (whole.test, 100))]
    return data.Dataset.of("digits", *few, whole.classes, augment=True)


def job(dataset, scheme="lm2", epochs=3, lr=0.1, **more):
    return job_on(dataset, recipe={"epochs": epochs, "lr": lr}, scheme=scheme, **{**TINY, **more})


def outcome(root, run):
    with Records(root) as records:
        tensors, meta = checkpoint.load(records.run(run).folder / CHECKPOINT)
        bits = {name: x.numpy().tobytes() for name, x in tensors.items()}
        return bits, meta, [m for m in records.metrics(run) if m.key not in TIMED], records.parameters(run)


def the_run(root, work):
    with Records(root) as records:
        [run] = [r for r in records.runs() if r.config["scheme"] == work.spec.label and r.config["seed"] == work.seed]
        return run


def first(study, places):
    """The result of the first job of a study, made in this process."""
    cell, work = next(study.jobs())
    return one(study, cell, work, places)
