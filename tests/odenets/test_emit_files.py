"""Emitted files as files: they need torch only, are formatted and typed, are written whole; and the command."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from odenets.cli import main
from odenets.emission import emit
from odenets.emission.expressions import Classes, Form, Gap, Slot, runs
from odenets.emission.source import STYLE
from odenets.errors import OdenetsError
from odenets.network import build
from odenets.spec import Spec
from schemes import SchemeError, get
from tests.odenets.emitted import agree, pair

SMALL = {"widths": (4, 8), "layers": (2, 2), "classes": 3}
DESIGNS = {
    "lm_resnet": {"scheme": "lm2", "values": {"k": "learned(-0.1..0, in -1..1, channel)"}, "layers": (3, 3)},
    "fractalnet": {"scheme": "fractalnet_drop_path", "block": "conv", "residual": False, "transition": "max-pool",
                   "placement": "post", "history": "project"},
    "transformer": {"scheme": "heun2", "block": "transformer", "widths": (8,), "layers": (2,)},
    "hamiltonian": {"scheme": "stormer_verlet", "block": "hamiltonian_tied", "across": "layer", "transition": "conv"},
    "revnet": {"scheme": "revnet", "history": "project", "transition": "pool-pad"},
    "noise": {"scheme": "stochastic_depth", "placement": "post"},
    "knots": {"scheme": "euler", "weights": "linear:3"},
}  # fmt: skip
ALONE = """
import sys
from pathlib import Path
class Hidden:
    def find_spec(self, name, *_):
        if name.split(".")[0] in ("odenets", "schemes", "analysis"):
            raise ImportError(name)
sys.meta_path.insert(0, Hidden())
import runpy, torch
torch.manual_seed(3)
net = runpy.run_path(sys.argv[1])["build"]().eval()
torch.save(net(torch.linspace(-1, 1, 192).reshape(1, 3, 8, 8)), sys.argv[2])
"""


def small(**options):
    return build(**{**SMALL, **options})


def test_a_file_runs_where_only_torch_is(tmp_path):
    emit(Spec(**SMALL, scheme="lm2"), tmp_path / "net.py")
    command = [sys.executable, "-I", "-c", ALONE, tmp_path / "net.py", tmp_path / "out.pt"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    torch.manual_seed(3)
    net = small(scheme="lm2").eval()
    assert torch.equal(torch.load(tmp_path / "out.pt"), net(torch.linspace(-1, 1, 192).reshape(1, 3, 8, 8)))


@pytest.mark.parametrize("name", DESIGNS)
def test_a_file_is_formatted_and_clean(name):
    text = emit(small(**DESIGNS[name]))
    for command in (["format", "--check"], ["check", "--select", "E,F,I,B,UP"]):
        run = subprocess.run([sys.executable, "-m", "ruff", *command, *STYLE[:1], *STYLE[2:], "-"], input=text,
                             capture_output=True, text=True, check=False)  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_files_are_typed(tmp_path):
    paths = [tmp_path / f"{name}.py" for name in DESIGNS]
    for name, path in zip(DESIGNS, paths, strict=True):
        emit(small(**DESIGNS[name]), path)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_a_file_names_its_scheme_with_formula_and_source():
    text = emit("lm_resnet20")
    assert text.startswith('"""lm_resnet20: LM-ResNet-20: two steps, k learned.\nLu, Zhong, Li, Dong 2018')
    assert "    u[n+1] = (1 - k) u[n] + k u[n-1] + h f(u[n])\n\nLu et al. 2018, (3)\n" in text
    assert "        return (1 - k) * u + k * u_prev + self.f(u), u\n" in text
    assert "lincomb" not in text and "odenets" not in text


def test_equal_steps_share_one_class():
    text = emit("resnet110")
    assert text.count("class EulerStep(") == 1
    assert "Stage(*(EulerStep(Basic(16, 16, 1)) for _ in range(18)))" in text


def test_a_scheme_has_a_file_by_its_name():
    assert emit("heun2") == emit(build(scheme="heun2"))
    with pytest.raises(SchemeError, match="no scheme is called 'hoin'"):
        emit("hoin")


def test_weights_are_loaded_by_their_file(tmp_path):
    net = small(scheme="lm2")
    torch.save(net.state_dict(), tmp_path / "net.pt")
    scope = {"__name__": "net"}
    exec(emit(net), scope)
    found = scope["build"](str(tmp_path / "net.pt")).state_dict()
    assert all(torch.equal(x, found[key]) for key, x in net.state_dict().items())


# ---- writing -------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "net.py"
    text = emit(small(scheme="euler"), path)
    assert path.read_text() == text
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OdenetsError, match=r"net\.py cannot be written \(No space left\)"):
        emit(small(scheme="heun2"), path)
    assert path.read_text() == text
    assert [p.name for p in tmp_path.iterdir()] == ["net.py"]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(OdenetsError, match=r"cannot be written: there is no folder .*no"):
        emit(small(scheme="euler"), tmp_path / "no" / "net.py")


def test_what_has_no_source_is_refused():
    net = small(scheme="euler")
    net.head[-1].bias = None
    net.stages[0].steps[0].f[2].padding = torch.ones(2)
    with pytest.raises(OdenetsError, match=r"padding of Conv2d .* has no source"):
        emit(net)


def test_a_part_that_no_step_runs_is_not_lost_in_silence():
    net = small(scheme="euler")
    net.extra = nn.Linear(2, 2)
    with pytest.raises(OdenetsError, match=r"the network has extra\.weight, which its stages do not run"):
        emit(net)


def test_other_modules_are_refused():
    with pytest.raises(OdenetsError, match=r"emit takes a network .* not a Linear"):
        emit(nn.Linear(2, 2))


def test_a_style_that_ruff_does_not_know_is_a_sentence(monkeypatch):
    monkeypatch.setattr("odenets.emission.source.STYLE", ("--no-such-style",))
    with pytest.raises(OdenetsError, match=r"ruff cannot format the source .*no-such-style"):
        emit(small(scheme="euler"))


def test_any_name_of_a_scheme_and_text_of_its_source_can_be_written():
    odd = replace(get("euler"), name='9θ-"x\\y', source='He said "x\\n" """', fields=("nn",))
    agree(*pair(partial(small, scheme=odd, block={"nn": "basic"})))


# ---- expressions ---------------------------------------------------------------------------------------------------


def test_numbers_that_differ_are_arguments_and_those_that_always_agree_are_one():
    classes = Classes(set())
    slots = [Slot("cin", ", "), Slot("stride", ", stride=", "1"), Slot("cout", ", "), Slot("cout", ", ")]
    form = Form("Pair", "nn.Module", "", (), (), (("self.f = f(", *slots, ")"),))
    nodes = [classes.node(form, values) for values in (["4", "1", "8", "8"], ["8", "2", "16", "16"])]
    classes.number()
    assert [classes.call((node,)) for node in nodes] == ["Pair(4, 1, 8)", "Pair(8, 2, 16)"]
    assert "def __init__(self, cin: int, stride: int, cout: int) -> None:" in classes.text(form)
    assert "self.f = f(cin, stride=stride, cout, cout)" in classes.text(form)
    alone = Classes(set())
    node = alone.node(form, ["4", "1", "8", "8"])
    alone.number()
    assert alone.call((node,)) == "Pair()" and "self.f = f(4, 8, 8)" in alone.text(form)
    assert alone.call(("nn.Conv2d(", Gap(slots[1], "1"), Gap(slots[0], "3"), ")")) == "nn.Conv2d(3)"


def test_long_runs_are_comprehensions():
    assert runs(["A()"] * 3 + ["B()"] * 2) == ["*(A() for _ in range(3))", "B()", "B()"]


# ---- the command ---------------------------------------------------------------------------------------------------


def told(capsys, *arguments):
    main(["emit", *map(str, arguments)])
    return capsys.readouterr().out


def test_the_command_prints_or_writes_source(capsys, tmp_path):
    text = told(capsys, "lm2", "--layers", 2, 2, "--widths", 4, 8)
    assert text == emit(build(scheme="lm2", layers=(2, 2), widths=(4, 8)))
    assert json.loads(told(capsys, "lm2", "--layers", 2, 2, "--widths", 4, 8, "--json"))["source"] == text
    said = json.loads(told(capsys, "lm2", "--layers", 2, 2, "--widths", 4, 8, "-o", tmp_path / "net.py", "--json"))
    assert (tmp_path / "net.py").read_text() == text and said["files"] == [str(tmp_path / "net.py")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lm2", "-o", "net.txt"], "the suffix says the format, take one of .py, .onnx and .pt2"),
        (["lm2", "-o", "net.py", "--format", "onnx"], "the suffix says the format, take .onnx"),
        (["lm2", "--format", "export"], "--format export needs a file: -o net.pt2"),
        (["nothing"], "no scheme is called 'nothing'"),
        (["lm2", "-o", "no/such/net.py"], "cannot be written: there is no folder no/such"),
        (["lm2", "-o", "no/such/net.pt2"], "cannot be written: there is no folder no/such"),
        (["resnet20", "--run", "x"], "--run x is a network already: leave resnet20 and what changes it out"),
    ],
)
def test_what_is_wrong_is_one_sentence(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["emit", *arguments])
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_the_page_shows_the_file_and_its_code_runs():
    page = (Path(__file__).parents[2] / "docs" / "source.md").read_text()
    (shown,) = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    text = emit(Spec("heun2", block="mlp", layers=(4,), widths=(8,), channels=4, classes=3))
    assert all(part.strip() in text for part in shown.split("…\n"))
    first, weights, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(first + weights, {"__name__": "page"})


def test_a_run_has_its_weights_beside_its_source(tmp_path, monkeypatch):
    net = small(scheme="lm2").eval()
    monkeypatch.setattr("odenets.training.load", lambda run, runs: net)
    main(["emit", "--run", "x", "-o", str(tmp_path / "net.py")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.pt", "net.py"]
    scope = {"__name__": "net"}
    exec((tmp_path / "net.py").read_text(), scope)
    found = scope["build"](str(tmp_path / "net.pt")).eval()
    inputs = torch.randn(2, 3, 8, 8)
    assert torch.equal(found(inputs), net(inputs))
