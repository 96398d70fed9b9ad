"""The picture of weak errors."""

import numpy as np
import pytest

from analysis import AnalysisError
from analysis.plots.weak_plot import Falls, weak_errors

H = [1 / 4, 1 / 16, 1 / 64]


def test_the_picture_holds_every_curve_and_its_slope():
    falls = Falls(H, {"E u": [-0.1, -0.02, -0.005], "E u²": [1, 0, 0.1]}, {"E u": "1.000"})
    figure = weak_errors({"linear": falls, "other": Falls(H, {"E u": [0, 0, 0]})}, title="Weak errors")
    left, right = figure.subfigs[0].axes
    assert [line.get_label() for line in left.lines] == ["E u: slope 1.000", "E u²"]
    assert np.allclose(left.lines[0].get_ydata(), [0.1, 0.02, 0.005]) and len(left.lines[1].get_xdata()) == 2
    assert (left.get_xscale(), left.get_yscale(), left.get_title("left")) == ("log", "log", "linear")
    assert [text.get_text() for text in right.texts] == ["no error"]


def test_bands_are_drawn_and_told():
    errors = {"E u": [0.1, 0.05, 0.02]}
    bands = {"E u": ([0.05, 0.02, -0.01], [0.15, 0.08, 0.05])}
    figure = weak_errors({"one": Falls(H, errors, bands=bands)}, title="Weak errors", note="Fields.")
    axes = figure.subfigs[0].axes[0]
    low = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert min(low) > 0 and max(low) == 0.15
    (text,) = figure.subfigs[1].texts
    assert "Shaded" in text.get_text() and text.get_text().endswith("Fields.")


def test_sentences():
    with pytest.raises(AnalysisError, match="no errors were given"):
        weak_errors({}, title="none")
    with pytest.raises(AnalysisError, match="many has 7 curves"):
        weak_errors({"many": Falls(H, {str(i): H for i in range(7)})}, title="many")
