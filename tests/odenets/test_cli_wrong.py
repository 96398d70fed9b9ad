"""Wrong requests at the terminal: one sentence that names the repair, status 2, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.odenets.test_cli import Terminal, run

__all__ = ["run"]  # a fixture

WRONG = {
    "sde euler": "nothing is random in euler",
    "sde stochastic_depth --set p=1.5": "p is a probability",
    "weak gauss --noise q": "no field 'q'",
    "weak stochastic_depth --figure weak.bmp": ".png, .svg or .pdf",
    "noise --p-last 1.5": "p_last",
    "noise --noises stochastic_deph": "stochastic_depth",
    "noise --seeds 0": "at least 1",
    "show rk4": "near it are rk4_classic, rk4_38",
    "show lm2 --set q=1": "no parameter 'q'",
    "show lm2 --set k": "--set name=value",
    "show lm2 --set k=half": "not understood",
    "show zerosnet --set lam=0": "divides by zero",
    "show euler --plot region.bmp": ".png, .svg or .pdf",
    "show euler --plot nowhere/region.png": "choose another folder",
    "show fractalnet --set columns=0": "at least 1",
    "show full_history --set steps=2.5": "whole number",
    "schemes --kind multisteps": "multistep",
    "shw lm2": 'Did you mean "show"',
    "show": "scheme",
    "build lm2 --depht 20": "--depth",
    "build lm2 --depth 21": "take 20 or 26",
    "build lm2 --block basik": "basic",
    "build lm2 --option cardinality=two": "whole numbers",
    "build lm2 --option cardinality=2": "cardinality",
    "build revnet --widths 3": "do not divide",
    "build lm2 --image 0": "at least 1",
    "train lm2 --data cifar11": "cifar10",
    "train lm2 --data cifar10 --folder nowhere": "nowhere",
    "train lm2 --epochs 0": "positive",
    "train lm2 --precision fp8": "bf16",
    "train lm2 --device tpu": "cpu",
    "train lm2 --threads 0": "threads",
    "train lm2 --seed -1": "seed",
    "train --resume 2026": "no run records",
    "runs": "no run records",
    "runs --runs nowhere": "nowhere",
    "report": "no run records",
    "demo --seeds 0": "seeds",
    "show stochastic_depth --set p=1:0.5": "one number",
    "show lm2 --set k=1 --set k=0": "twice",
    "show lm2 --json --latex": "choose one",
    "show lm2 --order 0": "from order 1",
    "show lm2 --json --html": "choose one",
    "show bdf --wiring w.png": "bdf is implicit",
    "show lm2 --plot x.png": "free parameters",
    "show lm2 --star x.png": "free parameters",
    "show euler --plot a.png --star a.png": "same file name",
    "show bdf --set steps=0": "at least 1",
    "compare": "needs the names of schemes",
    "compare euler euler": "twice",
    "compare euler rk4": "near it are rk4_classic",
    "compare lm2:k": "lm2: name=value",
    "compare lm2:k=1:2": "one number",
    "compare euler polynet_poly2 --errors e.png": "no B-series",
    "compare euler lm2 --waves e.png": "lm2 has free parameters: fix k first",
    "compare euler midpoint heun2 kutta3 rk4_38 rk4_classic ssprk33 --plot e.png": "1 to 6",
    "compare euler midpoint --star star.jpeg": ".png, .svg or .pdf",
    "certify --json --markdown": "choose one",
    "show fractalnet --set columns=14": "at most 8",
    "train lm2 --seed 99999999999999999999": "2^32",
    "train lm2 --batch-size 4": "last batch of one",
    "train euler --resume 2026": "as it was begun",
    "show euler --plot first.png --star nowhere/second.png": "nowhere/second.png: the figure cannot be written",
    "show euler --plot first.png --star second.gif": ".gif",
    "show euler --plot first.png --star ./first.png": "same file name",
    f"show lm2 --set k={'1' * 61}": "60 digits",
    "audit --library torchode": "torchdiffeq, diffrax, schemes",
    "audit --library torchdiffeq --order 0": "order 1 to 9",
    "audit --order ten": "order",
    "audit --json --markdown": "choose one",
    "emit lm2 --format onnx": "needs a file",
    "identify mine.py": "say the file and the name in it",
    "convert 1999 --scheme euler": "runs",
    "build lm2 --reversible --fallback bits": "--fallback",
    "build euler --reversible": "can be undone",
    "build gauss": "solver = 'anderson'",
    "build gauss --solver jacobi": "fixed-point or anderson or newton",
    "build gauss --solver anderson --unroll 2": "two ways",
    "build lm2 --checkpoint -1": "at least 0",
    "build lm2 --weights quartic:3": "weights",
    "modified": "scheme",
    "modified rk4": "near it are rk4_classic, rk4_38",
    "modified lm2 --order 0": "from order 1 to 8",
    "modified lm2 --order 9": "from order 1 to 8",
    "modified lm2 --order two": "order",
    "modified lm2 --latex --json": "choose one",
    "modified lm2 --map --modifying": "choose one",
    "modified lm2 --set q=1": "no parameter 'q'",
    "modified lm2 --set k=-1": "principal root",
    "modified polynet_poly2": "no B-series",
    "modified polynet_poly2 --json --trees t.png": "no B-series",
    "modified lm2 --trees trees.bmp": ".png, .svg or .pdf",
    "modified lm2 --trees nowhere/trees.png": "choose another folder",
    "explore --workers 0": "from 1 to 64",
    "explore --port 70000": "from 1 to 65535",
    "explore --host 203.0.113.7": "--host 203.0.113.7 is no address of this machine",
    "explore --host a..b": "no address of this machine",
    "explore --runs /dev/null --no-browser": "--runs /dev/null is a file",
}


@pytest.mark.parametrize("command", WRONG)
def test_what_is_wrong_is_one_sentence_and_status_2(run: Terminal, tmp_path: Path, command: str) -> None:
    out, err, status = run(command)
    assert status == 2, err
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err
    assert WRONG[command] in err
    assert not list(tmp_path.iterdir())  # nothing half-written
