"""How one step is wired: lanes, columns and taps without lengths, which the browser measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.crossbar import crossbar
from odenets.explorer.labels import segments
from schemes import Scheme


def wiring(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"lanes": [{"name", "label", "slope", "lag"}], "columns": [{"name", "label", "field"}], "taps": [{"source", …}]}.

    Labels, fields and the coefficients of taps are lists of segments (`labels.segments`), of 1 empty.
    Raises AnalysisError for an implicit scheme.
    """
    wired = crossbar(scheme)
    return {
        "lanes": [
            {"name": lane.name, "label": segments(lane.label), "slope": lane.slope, "lag": lane.lag}
            for lane in wired.lanes
        ],
        "columns": [
            {"name": column.name, "label": segments(column.label), "field": segments(column.field)}
            for column in wired.columns
        ],
        "taps": [
            {"source": tap.source, "target": tap.target, "label": segments(tap.label), "kind": tap.kind}
            for tap in wired.taps
        ],
    }
