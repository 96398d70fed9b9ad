"""The page of evidence: it stands with any results, links each, and refuses files that are none."""

import re
from typing import get_args

import pytest

from odenets.errors import OdenetsError
from odenets.studies.evidence import page_of, write_evidence
from odenets.studies.evidence_claims import Outcome
from odenets.studies.evidence_compression import paper_share
from odenets.studies.evidence_modified import FIXED
from odenets.studies.evidence_networks import NETWORKS
from odenets.studies.evidence_published import NOT_READ, SIZES, table
from tests.odenets.studies.result_files import CELLS, ROOT, SHORT, K, fill, made, measures, write


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    fill(folder)
    return folder, made(folder)


def test_without_results_the_page_stands_and_claims_nothing(tmp_path):
    found = made(tmp_path)
    assert {c.outcome for c in found.claims} == {"not run yet"}
    assert not found.pictures
    for cell in [*NETWORKS, *SHORT, "tune_steps", "tune_linear", "stochastic_depth", *FIXED]:
        (line, *_) = [line for line in found.text.splitlines() if f"| `{cell}` |" in line]
        assert "not run yet" in line, line
    assert "No study has been run yet." in found.text


@pytest.mark.parametrize("cell", CELLS)
def test_the_page_renders_with_any_one_network(tmp_path, cell):
    write(tmp_path, cell, k=K, measures=measures(-0.5))
    found = made(tmp_path)
    assert f"{cell}-s0.json" in found.text
    assert not any(c.outcome in ("holds", "does not hold") and "points" in c.grounds for c in found.claims)


def test_every_result_is_linked_and_every_link_leads_to_a_file(whole):
    folder, found = whole
    links = {(folder / "docs" / x).resolve() for x in re.findall(r"\]\(([^)]+\.json)\)", found.text)}
    assert links == {path.resolve() for path in folder.glob("*/*.json")}


def test_every_claim_is_in_its_section_and_in_short_with_one_outcome(whole):
    _, found = whole
    assert {c.outcome for c in found.claims} <= set(get_args(Outcome))
    for c in found.claims:
        if c.outcome == "not run yet":
            assert f"\n- {c.text}.\n" in found.text
        else:
            assert f"| {c.text} | **{c.outcome}**: {c.grounds} |" in found.text
            assert f"\n- {c.text}: {c.grounds}.\n" in found.text
    for heading in ("Question.", "Design.", "What holds.", "What does not.", "What would decide it."):
        assert found.text.count(f"**{heading}**") == 7, heading


def test_the_numbers_of_the_page_are_those_of_the_files(whole):
    _, found = whole
    (line,) = [x for x in found.text.splitlines() if x.startswith("| resnet20! | `resnet20` | 272,378")]
    width = 2.7764 * 0.1 / 3**0.5  # t of 4 degrees of freedom: both repeated networks have the spread 0.1
    assert f"| 12.10 ± {width:.2f} (3 seeds) |" in line


def test_the_same_files_give_the_same_page(whole):
    folder, found = whole
    assert made(folder).text == found.text


def test_what_was_not_re_read_is_marked(whole):
    _, found = whole
    assert all(p.mark == NOT_READ for p in table() if p.family == "resnet")
    assert "6.37 (not re-read)" in found.text
    assert "higher: not reproduced" in found.text
    assert "| lower | −0.06 [−0.74, +0.62] |" in found.text  # neither figure is of several seeds
    assert paper_share() == pytest.approx(50.6, abs=0.1)


def test_sizes_are_those_of_the_networks():
    torch = pytest.importorskip("torch")
    from odenets.named_models import models
    from odenets.network import Network

    with torch.device("meta"):
        counts = {
            depth: sum(p.numel() for p in Network(models()[f"resnet{depth}"].spec).parameters()) for depth in SIZES
        }
    assert counts == SIZES


def test_the_page_shows_the_figures_that_are_drawn(whole):
    _, found = whole
    shown = re.findall(r"!\[[^]]+\]\(images/evidence-([a-z0-9-]+)\.png\)", found.text)
    assert shown == [p.name for p in found.pictures]
    assert len(set(shown)) == len(shown) > 8
    for picture in found.pictures:
        if picture.name not in (
            "growth",
            "spectra-resnet20",
            "spectra-lm-resnet20",
        ):  # tests/odenets/test_figures_spectra.py
            figure = picture.draw()
            assert figure.findobj(lambda artist: artist.get_gid() == "caption")


def test_without_figures_only_the_page_is_written(tmp_path):
    write(tmp_path, "resnet20")
    page = tmp_path / "docs" / "evidence.md"
    assert write_evidence(tmp_path, page, tmp_path / "docs" / "images", figures=False) == [page]
    assert page.read_text().startswith("<!-- written by `odenets evidence` from ..")


def test_a_file_that_is_no_result_is_named(tmp_path):
    path = write(tmp_path, "resnet20")
    path.write_text("{}")
    with pytest.raises(OdenetsError, match=r"resnet20-s0\.json is no result"):
        made(tmp_path)
    with pytest.raises(OdenetsError, match="is no folder"):
        made(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": {"test_error": []}},
        {"metrics": {}},
        {"metrics": {"test_error": [90.0, None], "train_loss": [None, None]}},
        {"metrics": {"test_error": [90.0, float("nan")], "train_loss": [None, 1.0]}},
        {"seconds": None},
        {"parameters": None},
        {"config": {}},
    ],
    ids=str,
)
def test_a_result_without_what_the_page_tells_is_named(tmp_path, wrong):
    write(tmp_path, "resnet20", **wrong)
    with pytest.raises(OdenetsError, match=r"resnet20-s0\.json is no result"):
        made(tmp_path)


def test_a_copy_of_a_result_is_no_further_seed(tmp_path):
    path = write(tmp_path, "resnet20")
    (tmp_path / "cpu_before").mkdir()
    (tmp_path / "cpu_before" / path.name).write_text(path.read_text())
    with pytest.raises(OdenetsError, match=r"cpu_before/resnet20-s0\.json is a copy of cpu/resnet20-s0\.json"):
        made(tmp_path)


def test_the_page_in_docs_is_what_the_results_give():
    page = ROOT / "docs" / "evidence.md"
    found = page_of(ROOT / "benchmarks" / "results" / "evidence", page, ROOT / "docs" / "images")
    assert page.read_text() == found.text, "write docs/evidence.md again: odenets evidence"
    assert not [p.name for p in found.pictures if not (ROOT / "docs" / "images" / f"evidence-{p.name}.png").exists()]
