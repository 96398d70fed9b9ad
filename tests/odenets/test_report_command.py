"""The command that a report prints makes the same network again."""

import shlex
from typing import Any

import pytest

from odenets.cli import app, main
from odenets.cli.design import spec_of
from odenets.commands import command
from odenets.jobs import Job
from odenets.named_models import models
from odenets.recipes import RECIPES
from odenets.spec import Spec
from schemes import get

OTHERS = {
    "drifting": Spec("lm2", depth=26, values={"k": "0:-1/2"}),
    "bounded": Spec("lm2", values={"k": "learned(0, in -1..1, channel)"}, h="learned(1)", consistent=True),
    "choices": Spec("ab2", history="project", transition="conv", start="runge_kutta", h="1/N", share="stage"),
    "plain": Spec("euler", residual=False, block="conv", depth_shared=True, norm="group", activation="gelu"),
    "mixed": Spec((("euler", "polynet_2way"), "heun2", "lm2"), layers=(4, 1, 2), values={"k": "1/4"}),
    "tokens": Spec("heun2", block="transformer", options={"heads": 2, "causal": True, "dropout": 0.5}, widths=(8,)),
}


@pytest.fixture(scope="module", autouse=True)
def commands():
    with pytest.raises(SystemExit):
        main(["no such command"])  # the commands are read when one is asked for


def again(spec: Spec) -> Spec:
    """The spec of the command that repeats a run of it."""
    text = command(Job(spec, RECIPES["digits"]).as_dict())
    words = shlex.split(text)[1:]
    _, bound, *_ = app.parse_args(words, exit_on_error=False, print_error=False)
    given: dict[str, Any] = dict(bound.arguments)
    return spec_of(given["spec"], given["design"], channels=spec.channels, classes=spec.classes)


@pytest.mark.parametrize("spec", [m.spec for m in models().values()], ids=models())
def test_of_a_named_model(spec: Spec) -> None:
    assert again(spec).as_dict() == spec.as_dict()


@pytest.mark.parametrize("spec", OTHERS.values(), ids=OTHERS)
def test_of_any_other_design(spec: Spec) -> None:
    assert again(spec).as_dict() == spec.as_dict()


def test_a_table_without_a_name_is_a_file_to_write() -> None:
    text = command(Job(Spec(get("heun2")), RECIPES["digits"]).as_dict())
    assert "odenets train heun2.json" in text
