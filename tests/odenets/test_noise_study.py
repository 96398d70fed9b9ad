"""The study: its networks, what it trains and what it does not train again, its page, its refusals."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from odenets import cli
from odenets.errors import OdenetsError
from odenets.noise import studies
from odenets.noise.noises import NOISES, Strengths
from odenets.noise.plans import Measures, Plan
from odenets.noise.studies import FILE, study
from odenets.records import Records
from odenets.report_noise import pairings, table
from schemes import Bernoulli, get

TINY = {"block": "mlp", "widths": (6,), "layers": (3,)}
QUICK = Measures(samples=2, images=2, draws=16, inputs=(0.0, 1.0), weights=(0.0, 0.5), repeats=1)
NETWORKS = ("none", "stochastic_depth", "gaussian_at_test")


def plan(**changes) -> Plan:
    usual = {"bases": ("lm2",), "noises": NETWORKS, "seeds": 2, "measures": QUICK, "design": TINY}
    options = {"threads": 1, "precision": "fp32"}
    return Plan(**{**usual, "recipe": {"epochs": 1, "milestones": ()}, "options": options, **changes})


def results(file):
    return json.loads(file.read_text())["results"]


def runs(root):
    with Records(root) as records:
        return records.runs()


@pytest.fixture(scope="module")
def done(tmp_path_factory, one_thread):
    """The folder of a finished study, and what it told."""
    root, told = tmp_path_factory.mktemp("noise"), []
    study(plan(), root, tell=told.append)
    return root, told


# What is trained


@pytest.mark.parametrize("steps", [1, 2, 9])
@pytest.mark.parametrize("last", [Fraction(1, 2), Fraction(1)])
def test_survival_falls_linearly_with_depth(steps: int, last: Fraction) -> None:
    made = plan(noises=("stochastic_depth",), strengths=Strengths(p_last=last), design={**TINY, "layers": (steps,)})
    spec = made.entries[1].trained
    for l in range(1, steps + 1):
        (law,) = [p.value for p in spec.scheme_at(0, l - 1).parameters if p.kind == "random"]
        assert law == Bernoulli(1 - Fraction(l, steps) * (1 - last))


@pytest.mark.parametrize("base", ["euler", "lm2", "heun2", "revnet"])
@pytest.mark.parametrize("name", NOISES)
def test_a_noise_keeps_the_mean_or_says_otherwise(base: str, name: str) -> None:
    """The mean scheme is the base's own for all but raw stochastic depth and two fields in place of one."""
    table_, mean = get(base), NOISES[name].make(get(base), Strengths()).mean()
    if name == "stochastic_depth":
        assert mean.at(p=1).table == table_.table
    elif name != "shake_shake" and not name.startswith("gaussian"):
        at_any = mean.at(p=Fraction(1, 3)) if "p" in mean.role("chosen") else mean
        assert at_any.table == table_.table


def test_the_noises_are_the_schemes_of_the_registry() -> None:
    """What the registry has under a name of its own is the same table."""
    for name, base, noise in (
        ("stochastic_depth", "euler", "stochastic_depth"),
        ("lm2_stochastic_depth", "lm2", "stochastic_depth"),
        ("shake_shake", "euler", "shake_shake"),
    ):
        assert NOISES[noise].make(get(base), Strengths()).table == get(name).table


def test_without_noise_is_the_plain_network_and_comes_first() -> None:
    first, *_ = plan(noises=("stochastic_depth",)).entries
    assert (first.noise, first.trained.scheme, dict(first.trained.values)) == ("none", "lm2", {})


def test_a_scheme_of_the_registry_stands_for_itself_and_gets_p() -> None:
    *_, own = plan(noises=("lm2_stochastic_depth",)).entries
    assert (own.label, own.base) == ("lm2_stochastic_depth", "")
    laws = [p.value for p in own.trained.scheme_at(0, 2).parameters if p.kind == "random"]
    assert laws == [Bernoulli(Fraction(4, 5))]


def test_noise_at_the_test_uses_the_run_without_noise(done) -> None:
    root, _ = done
    found = {(r["noise"], r["seed"]): r for r in results(root / FILE)}
    for seed in (0, 1):
        assert found["gaussian_at_test", seed]["run"] == found["none", seed]["run"]
        assert "mean" not in found["gaussian_at_test", seed]["scores"]
    assert len(runs(root)) == 4


# What is not done again


def test_a_finished_study_trains_and_measures_nothing_again(done, monkeypatch) -> None:
    root, _ = done
    monkeypatch.setattr(studies, "measure", None)
    before, text = [run.id for run in runs(root)], (root / FILE).read_text()
    study(plan(), root)
    assert [run.id for run in runs(root)] == before and (root / FILE).read_text() == text


def test_other_measures_train_nothing(done, tmp_path) -> None:
    root, _ = done
    before = [run.id for run in runs(root)]
    text = (root / FILE).read_text()
    found = results(study(plan(measures=replace(QUICK, samples=3)), root))
    (root / FILE).write_text(text)
    assert [run.id for run in runs(root)] == before and found[0]["measures"]["samples"] == 3


def test_an_interrupted_study_goes_on_to_the_same_results(done, tmp_path, one_thread) -> None:
    """Stopped in the second epoch of a network with stochastic depth; draws are those of an uninterrupted run."""
    long = plan(recipe={"epochs": 2, "milestones": ()}, seeds=1)
    whole = results(study(long, tmp_path / "whole"))
    seen = []

    def stop(event) -> None:
        seen.append(event)
        if sum("batch" not in e for e in seen) == 3 and event.get("batch") == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="stopped at LM-ResNet, stochastic_depth, seed 0; the same command"):
        study(long, tmp_path / "parts", stop)
    assert [r["noise"] for r in results(tmp_path / "parts" / FILE)] == ["none"]
    parts = results(study(long, tmp_path / "parts"))
    assert len(runs(tmp_path / "parts")) == 2
    for a, b in zip(whole, parts, strict=True):
        assert (a["scores"], a.get("inputs"), a.get("features")) == (b["scores"], b.get("inputs"), b.get("features"))


def test_a_network_that_diverges_is_left_out_and_told(tmp_path, one_thread) -> None:
    made = plan(noises=("multiplicative",), strengths=Strengths(sigma="1e30"), seeds=1)
    file = study(made, tmp_path)
    (failed,) = json.loads(file.read_text())["failed"]
    assert failed["label"] == "LM-ResNet, multiplicative" and "the loss is" in failed["why"]
    assert [r["noise"] for r in results(file)] == ["none"]


def test_another_file_of_that_name_is_not_overwritten(tmp_path) -> None:
    (tmp_path / FILE).write_text("[1]")
    with pytest.raises(OdenetsError, match="holds no results of a study"):
        study(plan(), tmp_path)
    assert (tmp_path / FILE).read_text() == "[1]"


# What it says


def test_each_network_is_compared_with_its_own_without_noise(done) -> None:
    root, _ = done
    found = results(root / FILE)
    pairing = pairings(found)["LM-ResNet, stochastic_depth"]
    errors = {(r["noise"], r["seed"]): r["scores"].get("mean", r["scores"].get("samples"))["error"] for r in found}
    assert pairing.differences == tuple(errors["stochastic_depth", s] - errors["none", s] for s in (0, 1))
    rows = {row["label"]: row for row in table(found)}
    assert rows["LM-ResNet, none"]["samples_error"] == "–" and rows["LM-ResNet, none"]["difference"] == ""
    assert rows["LM-ResNet, gaussian_at_test"]["mean_error"] == "–"


def test_the_order_is_seed_by_seed(done) -> None:
    assert done[1] == [f"LM-ResNet, {name}, seed {seed}" for seed in (0, 1) for name in NETWORKS]


# The command


@pytest.fixture
def command(monkeypatch, capsys):
    monkeypatch.setattr(cli, "CONCERNS", tuple(dict.fromkeys((*cli.CONCERNS, "noise"))))

    def call(*words: str) -> tuple[int, str, str]:
        try:
            cli.main(["noise", *words])
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_the_page_and_the_json_of_a_study(done, command, tmp_path) -> None:
    words = f"--bases lm2 --noises {' '.join(NETWORKS)} --seeds 1 --block mlp --widths 6 --layers 3 --epochs 1"
    words += " --samples 2 --images 2 --draws 16 --threads 1 --precision fp32 --json"
    status, out, _ = command(*words.split(), "--runs", str(tmp_path))
    found = json.loads(out)
    assert status == 0 and [row["label"] for row in found["networks"]] == [f"LM-ResNet, {name}" for name in NETWORKS]
    page = (tmp_path / "noise.html").read_text()
    assert page.count("<img src=") == 6 and "http" not in page
    assert "√(p*(1 - p))" in page and "One seed has no interval" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--p-last", "1.5"], "p_last = 3/2 is no probability"),
        (["--p-last", "often"], "p_last = often is no number"),
        (["--keep", "0"], "keep = 0 is no probability"),
        (["--sigma", "-1"], "sigma = -1 is a standard deviation"),
        (["--noises", "shake_shke"], "no noise is called 'shake_shke': take shake_shake"),
        (["--noises", "heun2"], "heun2 draws nothing"),
        (["--bases", "stochastic_depth"], "stochastic_depth draws coefficients itself"),
        (["--samples", "0"], "samples = 0 must be at least 1"),
        (["--seeds", "0"], "seeds = 0 must be at least 1"),
        (["--draws", "5"], "draws = 5 must be at least 16"),
        (["--data", "cifar10"], "folder"),
        (["--data", "cifar10", "--folder", "/nowhere"], "/nowhere"),
        (["--epochs", "0"], "epochs = 0 must be positive"),
    ],
)
def test_a_bad_request_is_one_sentence(command, tmp_path, words: list[str], said: str) -> None:
    status, out, err = command(*words, "--runs", str(tmp_path / "runs"))
    assert (status, out) == (2, "") and said in err and err.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_results_do_not_depend_on_torchs_generator(done, tmp_path) -> None:
    torch.manual_seed(99)
    again = results(study(plan(seeds=1), tmp_path))
    for a, b in zip(results(done[0] / FILE), again, strict=False):
        assert a["label"] == b["label"]
        assert (a["scores"], a.get("features")) == (b["scores"], b.get("features"))


def test_the_help_names_every_noise(capsys) -> None:
    cli.main(["noise", "--help"])
    assert set(NOISES) <= set(capsys.readouterr().out.replace(",", " ").split())
