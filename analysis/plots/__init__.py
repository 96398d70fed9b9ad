"""Figures: arrays or a scheme in, a matplotlib Figure out; `save` writes it. matplotlib is imported only here."""

from analysis.k_theory import LearnedK, ellipse
from analysis.plots.error_plot import error_chart
from analysis.plots.k_figure import learned_k
from analysis.plots.k_words import theory_note
from analysis.plots.modified_plot import Curve, ParasiticLine, RateLine, modified_flows
from analysis.plots.roots_plot import characteristic_roots
from analysis.plots.stability_plot import stability_region
from analysis.plots.star_plot import order_star
from analysis.plots.style import savable, save
from analysis.plots.tree_plot import trees
from analysis.plots.waves_plot import waves
from analysis.plots.weak_plot import Falls, weak_errors
from analysis.plots.wiring_diagram import wiring

__all__ = [
    "Curve",
    "Falls",
    "LearnedK",
    "ParasiticLine",
    "RateLine",
    "characteristic_roots",
    "ellipse",
    "error_chart",
    "learned_k",
    "modified_flows",
    "order_star",
    "savable",
    "save",
    "stability_region",
    "theory_note",
    "trees",
    "waves",
    "weak_errors",
    "wiring",
]
