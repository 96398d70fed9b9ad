"""What a study of noise trains and evaluates: networks, noises, seeds, and how each is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from odenets.data import Dataset
from odenets.errors import OdenetsError
from odenets.jobs import Job, prepare
from odenets.noise.layers import GROUPS
from odenets.noise.noises import NOISES, NONE, Strengths, check_noise, own_values
from odenets.noise.robustness import INPUT, WEIGHTS
from odenets.spec import Spec
from schemes import get

TITLES = {"euler": "ResNet", "lm2": "LM-ResNet"}
USUAL = ("none", "stochastic_depth", "shake_shake", "gaussian", "gaussian_at_test", "dropout")
SMALL: dict[str, Any] = {"layers": (3, 3, 3), "widths": (8, 16, 32)}  # for 8 × 8 digits: 0.25 s an epoch on one core
SHORT = {"epochs": 10}


@dataclass(frozen=True)
class Measures:
    """How networks are measured.

    samples  draws whose softmaxes are averaged · images, draws  of the features by layer
    inputs, weights  levels of noise on input and weights, with `repeats` draws each
    """

    samples: int = 16
    images: int = 8
    draws: int = 32
    inputs: tuple[float, ...] = INPUT
    weights: tuple[float, ...] = WEIGHTS
    repeats: int = 2

    def __post_init__(self) -> None:
        for name, least in {"samples": 1, "images": 1, "draws": 2 * GROUPS, "repeats": 1}.items():
            if getattr(self, name) < least:
                raise OdenetsError(f"{name} = {getattr(self, name)} must be at least {least}")
        if self.draws % GROUPS:
            raise OdenetsError(f"draws = {self.draws} are made in {GROUPS} groups: take a multiple of {GROUPS}")


@dataclass(frozen=True)
class Entry:
    """One network of a study: what is trained, and the spec that is evaluated with its weights.

    base  the scheme that gets the noise; "" where the noise is itself a scheme of the registry
    """

    label: str
    base: str
    noise: str
    trained: Spec
    evaluated: Spec

    @property
    def own_means(self) -> bool:
        """Whether coefficients at their means are a result of its own, which noise at the test lacks."""
        return self.trained == self.evaluated


@dataclass(frozen=True)
class Plan:
    """A study: each base scheme with each noise, trained from each seed.

    bases, noises  names; a noise may also be a scheme of the registry that draws, which stands for itself
    design, recipe  what differs from the usual network and recipe; on the digits a small network and few epochs

    Raises OdenetsError for unknown names and for numbers that are none.
    """

    data: str = "digits"
    folder: str | None = None
    bases: tuple[str, ...] = ("euler", "lm2")
    noises: tuple[str, ...] = USUAL
    seeds: int = 3
    strengths: Strengths = field(default_factory=Strengths)
    measures: Measures = field(default_factory=Measures)
    design: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise OdenetsError(f"seeds = {self.seeds} must be at least 1")
        object.__setattr__(self, "bases", tuple(dict.fromkeys(self.bases)))  # twice the same is no second sample
        if not self.bases:
            raise OdenetsError("a study has at least one network without noise: give bases, such as euler and lm2")
        for name in self.bases:
            if get(name).role("random"):
                raise OdenetsError(f"{name} draws coefficients itself: name it among the noises, bases have none")
        for name in self.noises:
            check_noise(name)
        if self.data == "digits":
            sized = {"depth", "layers", "widths"} & set(self.design)
            object.__setattr__(self, "design", {**({} if sized else SMALL), **self.design})
            object.__setattr__(self, "recipe", {**SHORT, **self.recipe})

    @cached_property
    def prepared(self) -> tuple[Job, Dataset]:
        """The job of the first network, of seed 0, and the data."""
        return prepare(self.data, self.folder, self.recipe, scheme=self.bases[0], **self.design, **self.options)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The networks; those without noise come first, as the others are compared with them."""
        order = dict.fromkeys((NONE, *self.noises))
        joint = [self.entry(base, noise) for base in self.bases for noise in order if noise in NOISES]
        return (*joint, *(self.alone(name) for name in order if name not in NOISES))

    def entry(self, base: str, name: str) -> Entry:
        noise, spec = NOISES[name], replace(self.prepared[0].spec, scheme=base)
        table = noise.make(get(base), self.strengths)
        noisy = spec if table == get(base) else with_scheme(spec, table, noise.values(self.strengths, depth(spec)))
        return Entry(f"{TITLES.get(base, base)}, {name}", base, name, spec if noise.at_test else noisy, noisy)

    def alone(self, name: str) -> Entry:
        spec = self.prepared[0].spec
        noisy = with_scheme(spec, name, own_values(name, self.strengths, depth(spec)))
        return Entry(name, "", name, noisy, noisy)

    def jobs(self) -> Iterator[tuple[Entry, Job]]:
        """What is trained, seed by seed, so that a study that was stopped has whole sets of networks."""
        work, _ = self.prepared
        for seed in range(self.seeds):
            for entry in self.entries:
                yield entry, replace(work, spec=entry.trained, seed=seed)

    def reference(self, entry: Entry) -> str:
        """The label of the network without noise that an entry is compared with."""
        base = entry.base or self.bases[0]
        return next(e.label for e in self.entries if (e.base, e.noise) == (base, NONE))

    def as_dict(self) -> dict[str, Any]:
        """What a reader must know to repeat it."""
        plain = {name: getattr(self, name) for name in ("data", "folder", "bases", "noises", "seeds")}
        strengths = {name: str(x) for name, x in asdict(self.strengths).items()}
        work = self.prepared[0]
        recipe, spec = asdict(work.recipe), work.spec
        design = {name: x for name, x in self.design.items() if name not in ("depth", "layers", "widths")}
        return {**plain, "strengths": strengths, "measures": asdict(self.measures), "recipe": recipe,
                "steps": list(spec.steps), "widths": list(spec.widths), "design": design,
                "precision": work.precision, "device": str(work.device)}  # fmt: skip


def depth(spec: Spec) -> int:
    """All steps of a network."""
    return sum(spec.steps)


def with_scheme(spec: Spec, scheme: Any, values: Mapping[str, Any]) -> Spec:
    return replace(spec, scheme=scheme, values={**spec.values, **values})
