"""The page of evidence: docs/evidence.md and its figures, made of the result files of studies alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from odenets.files import make_folder, write_whole
from odenets.studies import evidence_compression, evidence_networks, evidence_published
from odenets.studies.evidence_acceleration import acceleration
from odenets.studies.evidence_claims import IMAGES, Claim, Outcome, at_once
from odenets.studies.evidence_controls import controls
from odenets.studies.evidence_figures import Picture, pictures
from odenets.studies.evidence_learned import learned
from odenets.studies.evidence_runs import Runs, read
from odenets.studies.evidence_schedule import TARGET, schedule
from odenets.studies.evidence_spectra import spectra
from odenets.studies.evidence_tuning import tuning
from odenets.studies.evidence_words import Section, conditions, links_from, relative

TEMPLATE = "evidence.md.jinja"
SHORT = ("lm_resnet20", "lm_resnet32", "resnet20", "resnet32", "resnet44")
LONG = ("lm_resnet20", "lm_resnet32", "lm_resnet44", "lm_resnet56", "resnet20", "resnet32", "resnet44", "resnet56")
DEEPER = "Deeper networks: a stage of three steps has two k; the replication saw k leave the range from depth 32 on."
VERDICTS: dict[str, tuple[Outcome, Outcome]] = {
    "What holds": ("holds", "so in all seen"),
    "What does not": ("does not hold", "so in none seen"),
    "In some cases, or not decided": ("so in some seen", "not decided"),
}
CHAPTERS = {
    1: ["schedule"],
    2: ["networks", "controls"],
    3: ["stochastic depth"],
    4: ["compression"],
    5: ["k", "spectra"],
    6: ["acceleration"],
    7: ["gpu", "gpu compression", "gpu k"],
}
ANOTHER = "choose another place for the page by --page"


@dataclass(frozen=True)
class Evidence:
    """The text of the page, what it claims, and the figures that it shows."""

    text: str
    claims: tuple[Claim, ...]
    pictures: tuple[Picture, ...]


def page_of(results: Path, page: Path, images: Path) -> Evidence:
    """The page at `page` with figures in the folder `images`, for the results under a folder; writes nothing.

    Raises OdenetsError where there is no such folder, or a file in it is no result.
    """
    studies = read(results)
    shown = tuple(pictures(studies))
    found = sections(studies, page)
    claims = tuple(claim for section in found.values() for claim in section.claims)
    environment = Environment(
        loader=PackageLoader("odenets", "studies"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.get_template(TEMPLATE).render(
        sections=found,
        pictures=shown,
        images=relative(images, page),
        results=relative(results, page),
        conditions={name: conditions(runs.everything, links_from(page)) for name, runs in studies.items()},
        verdicts=VERDICTS,
        chapters=CHAPTERS,
        claimed={number: by_outcome(found[name] for name in names) for number, names in CHAPTERS.items()},
        tuning=tuning(results),
        **facts(studies),
    )
    return Evidence(text, claims, shown)


def by_outcome(sections: Iterable[Section]) -> dict[Outcome, list[Claim]]:
    """Claims by what is said of them, in the order of their sections."""
    claims = [claim for section in sections for claim in section.claims]
    return {outcome: [claim for claim in claims if claim.outcome == outcome] for outcome in get_args(Outcome)}


def sections(studies: Mapping[str, Runs], page: Path) -> dict[str, Section]:
    """The sections of the page by name, in its order; a study without results has sections that say so."""
    cpu, gpu = (studies.get(name, Runs(name, ())) for name in ("cpu", "gpu"))
    links = links_from(page)
    on_cpu = {
        "schedule": schedule(cpu, links),
        "networks": evidence_networks.networks(cpu, links),
        "controls": controls(cpu, links),
        "stochastic depth": evidence_networks.stochastic_depth(cpu, links),
        "compression": evidence_compression.compression(cpu, links, "short_", SHORT),
        "k": learned(cpu, links, [DEEPER]),
        "spectra": spectra(cpu, links),
        "acceleration": acceleration(cpu, links),
    }
    on_gpu = {
        "gpu": evidence_networks.depths(gpu, links),
        "gpu compression": evidence_compression.compression(gpu, links, "", LONG),
        "gpu k": learned(gpu, links),
    }
    return corrected(on_cpu) | corrected(on_gpu)


def corrected(sections: Mapping[str, Section]) -> dict[str, Section]:
    """The sections of one study, their claims judged at once."""
    claims = iter(at_once([claim for section in sections.values() for claim in section.claims]))
    return {name: replace(own, claims=[next(claims) for _ in own.claims]) for name, own in sections.items()}


def facts(studies: Mapping[str, Runs]) -> dict[str, Any]:
    """Numbers of the prose."""
    cpu = studies.get("cpu", Runs("cpu", ()))
    results = [r for runs in studies.values() for r in runs.everything]
    plain = cpu.of("resnet20")
    return {
        "cpu": cpu,
        "gpu": studies.get("gpu", Runs("gpu", ())),
        "count": len(results),
        "hours": sum(r.hours for r in cpu.results),
        "epochs": plain[0].config["recipe"]["epochs"] if plain else None,
        "target": TARGET,
        "test_images": IMAGES,
        "freedom": [cpu.spread(cell)[1] for cell in ("resnet20", "short_resnet32")],
        "others": evidence_compression.others(),
        "paper_share": evidence_compression.paper_share(),
        "published": evidence_published.published,
        "paper": evidence_published.PAPER,
        "replication": evidence_published.REPLICATION,
        "not_read": evidence_published.NOT_READ,
    }


def write_evidence(results: Path, page: Path, images: Path, figures: bool = True) -> list[Path]:
    """Write the page, and its figures as evidence-….png; gives the files.

    Raises OdenetsError as `page_of` does and where a file cannot be written.
    """
    made = page_of(results, page, images)
    make_folder(page.parent, ANOTHER)
    write_whole(page, made.text, ANOTHER)
    return [page, *(draw(made, images) if figures else ())]


def draw(made: Evidence, images: Path) -> list[Path]:
    from analysis.plots import save

    make_folder(images, "choose another folder by --images")
    return [save(picture.draw(), images / f"evidence-{picture.name}.png") for picture in made.pictures]
