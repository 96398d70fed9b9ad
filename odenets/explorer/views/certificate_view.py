"""The certificate in groups: what is known of a scheme, and which answers are better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from math import isinf
from typing import Any

from analysis.certificates import Certificate, Fact, Unknown, answer, cell
from analysis.finding import AT_LEAST, AT_MOST, ON_ONE_FIELD, YES_NO, magnitude, shares
from analysis.remembered import QUESTIONS, recall
from odenets.errors import OdenetsError
from odenets.explorer.designs import is_entry
from odenets.explorer.views.numbers import real
from schemes import Scheme

GROUPS = {
    "order": ("order", "linear_order", "effective_order", "stage_order", "embedded_order", "effective_step"),
    "error": ("error_constant", "principal_error_norm", "dissipation_order", "dispersion_order"),
    "stability": ("zero_stability", "stability_function", "real_interval", "imaginary_interval", "a_alpha", "a_stable",
                  "l_stable", "ssp_coefficient"),
    "geometry": ("symplectic_order", "symmetric_order", "energy_order", "reversal"),
    "cost": ("evaluations", "registers", "first_same_as_last"),
}  # fmt: skip
ABOUT: dict[str, Fact] = {
    f.name: about for f in fields(Certificate) if (about := f.metadata.get("fact")) is not None and about.label
}


def certificate(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"facts": [{"name", "label", "says", "cell", "size", "better", "unknown"}], "group"} of one group of facts.

    says     the answer as a phrase, or the reason why there is none ("unknown": true)
    size     the answer as a number to compare, null where it is none or infinite; "infinite": true then
    better   which answer is: "more", "less", "yes", or "" where none is
    options  {"group": "order" | "error" | "stability" | "geometry" | "cost"}
    Free parameters stay free, random coefficients are at their means. Answers on an entry of the registry are kept on
    disk, those on a visitor's table in memory. Raises OdenetsError for another group.
    """
    group = options.get("group", "order")
    if not isinstance(group, str) or group not in GROUPS:
        raise OdenetsError(f"group = {str(group)[:40]!r} is none of {', '.join(GROUPS)}")
    found = answers(scheme, group)
    return {"group": group, "facts": [told(name, ABOUT[name], found[name]) for name in GROUPS[group]]}


@lru_cache(maxsize=512)
def answers(scheme: Scheme, group: str) -> dict[str, Any]:
    """{fact: answer} of a group."""
    asked = [name for name in GROUPS[group] if not shared(scheme, name)]
    found = recall(scheme, asked) if is_entry(scheme) else {name: answer(QUESTIONS[name], scheme) for name in asked}
    why = Unknown(f"{scheme.name} adds several fields: its stability depends on how they share λ")
    return {name: found.get(name, why) for name in GROUPS[group]}


def shared(scheme: Scheme, name: str) -> bool:
    """Whether a fact supposes that one field has the whole of λ, and several share it."""
    return name in ON_ONE_FIELD and shares(scheme)


def told(name: str, about: Fact, x: Any) -> dict[str, Any]:
    size = None if isinstance(x, Unknown) else magnitude(x)
    said = {
        "name": name,
        "label": about.label,
        "says": x.reason if isinstance(x, Unknown) else "–" if x is None else about.say(x),
        "cell": cell(about, x),
        "size": None if size is None else real(size),
        "better": better(name),
    }
    if isinstance(x, Unknown):
        said["unknown"] = True
    if size is not None and said["size"] is None and isinf(float(size)):
        said["infinite"] = True
    return said


def better(name: str) -> str:
    """Which answer of a fact is better, as `analysis.find` compares them."""
    if name in YES_NO:
        return "yes"
    return "more" if name in AT_LEAST or name == "order" else "less" if name in AT_MOST else ""
