"""The networks whose pictures are looked at, and their pages."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import torch
from hypothesis import strategies as st

from odenets.figures_network_layout import Page, page_of
from odenets.figures_network_plan import Plan, plan
from odenets.network import Network, build
from schemes import Scheme
from tests.strategies import schemes

MIXED = (("polynet_poly2", "polynet_2way"), ("heun2", "ralston2", "ralston2"), "rk4_classic")
SPECS: dict[str, dict[str, Any]] = {
    "lm2, 20": {"scheme": "lm2", "depth": 20},
    "lm2, 110": {"scheme": "lm2", "depth": 110},
    "lm2, post": {"scheme": "lm2", "placement": "post"},
    "rk4_classic": {"scheme": "rk4_classic", "depth": 20, "share": "stage"},
    "revnet": {"scheme": "revnet", "depth": 38},
    "full_history": {"scheme": "full_history", "layers": (9, 9), "widths": (16, 32)},
    "bottlenecks": {"scheme": "lm2", "depth": 29, "block": "bottleneck"},
    "mixed": {"scheme": MIXED, "layers": (6, 7, 4)},
    "varying": {"scheme": "lm2", "depth": 32, "values": {"k": "-1/10:-1/2"}},
    "random": {"scheme": "stochastic_depth", "depth": 32, "values": {"p": "1:0.5"}},
    "ab3": {"scheme": "ab3", "layers": (4, 4, 4)},
    "layers between": {"scheme": "ab3", "layers": (4, 4, 4), "across": "layer"},
    "projected": {"scheme": "lm2", "depth": 20, "history": "project", "transition": "conv"},
    "unrolled": {"scheme": "trapezoid", "unroll": 2},
    "gauss": {"scheme": "gauss", "solver": "anderson"},
    "two fields": {"scheme": "ars222", "solver": "newton", "block": {"f": "basic", "g": "basic"}, "across": "layer"},
    "adams_moulton": {"scheme": "adams_moulton", "solver": "newton", "history": "project", "transition": "conv"},
    "projected halves": {"scheme": "revnet", "depth": 20, "history": "project", "transition": "conv"},
}
MODELS = ("resnet50", "lm_resnet50_pre", "fractalnet20", "macaron_vit", "polynet", "imexnet", "verlet_net", "mlp_rk2")
ALL = [*SPECS, *MODELS]
LOOKED_AT = ("full_history", "mixed", "varying", "resnet50", "fractalnet20")


@cache
def network(name: str) -> Network:
    with torch.device("meta"):  # pictures need no weights
        return build(**SPECS[name]) if name in SPECS else build(name)


@cache
def planned(name: str) -> Plan:
    return plan(network(name))


@cache
def page(name: str) -> Page:
    return page_of(network(name), 64)


@st.composite
def implicit_schemes(draw: st.DrawFn) -> Scheme:
    """A random scheme whose stages read random others, each other and themselves."""
    scheme = draw(schemes())
    entries = st.lists(st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 3)]), min_size=len(scheme.A))
    A = tuple(tuple(a + x for a, x in zip(row, draw(entries), strict=False)) for row in scheme.A)
    return replace(scheme, A=A)
