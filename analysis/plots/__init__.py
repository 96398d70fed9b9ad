"""Figures: arrays or a scheme in, a matplotlib Figure out; `save` writes it. matplotlib is imported only here."""

from analysis.plots.k_figure import learned_k
from analysis.plots.k_theory import LearnedK, ellipse
from analysis.plots.k_words import theory_note
from analysis.plots.stability_plot import stability_region
from analysis.plots.style import save
from analysis.plots.wiring_diagram import wiring

__all__ = ["LearnedK", "ellipse", "learned_k", "save", "stability_region", "theory_note", "wiring"]
