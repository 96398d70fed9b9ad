"""The picture of `odenets modified --field --plot`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from analysis.examples import example
from odenets.cli import main
from odenets.errors import OdenetsError
from odenets.figures_shadow import shadow_picture
from schemes import get
from tests.analysis.figures import assert_texts_are_clear, words


@pytest.mark.parametrize(
    ("name", "values", "field", "panels"),
    [
        ("euler", {}, "pendulum", 2),
        ("lm2", {"k": Fraction(1, 3)}, "pendulum", 3),
        ("revnet", {}, "kepler", 2),
        ("ab2", {}, "rigid_body", 3),
    ],
)
def test_a_scheme_on_a_field_is_drawn(name: str, values: dict[str, Fraction], field: str, panels: int) -> None:
    figure = assert_texts_are_clear(lambda: shadow_picture(get(name, **values), name, example(field), 3))
    said = words(figure)
    assert len([axes for axes in figure.axes if axes.get_title(loc="left")]) == panels
    assert "expected 3" in said and "h =" in said and "All quantities are dimensionless" in said
    assert ("smooth manifold" in said) == (panels == 3)


def test_a_scheme_of_high_order_is_drawn_to_its_first_term() -> None:
    """Up to its order the modified equation is the exact flow: one more term is drawn though only 2 were asked."""
    figure = shadow_picture(get("rk4_classic"), "rk4_classic", example("pendulum"), 2)
    assert "orders 1, 2, 3, 4 (exact flow)" in words(figure) and "order 5: slope" in words(figure)


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lm2.svg"
    main(["modified", "lm2", "--set", "k=1/3", "--order", "2", "--field", "pendulum", "--plot", str(path)])
    assert path.stat().st_size > 10_000 and "f'f" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--field", "pendulum"], "give --field NAME and --plot FILE together"),
        (["--plot", "a.svg"], "give --field NAME and --plot FILE together"),
        (["--field", "pendulun", "--plot", "a.svg"], "did you mean pendulum"),
        (["--field", "pendulum", "--plot", "a.svg"], "k is free: fix it"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["modified", "lm2", "--order", "2", *arguments])
    assert sentence in " ".join(capsys.readouterr().err.split()) and not list(tmp_path.iterdir())


def test_an_order_out_of_range_is_refused() -> None:
    with pytest.raises(OdenetsError, match="from order 1 to 6"):
        shadow_picture(get("euler"), "euler", example("pendulum"), 7)
