"""The caption of a network's picture: how it is read; what is in no part of it is left out."""

from __future__ import annotations

from analysis.plots.wiring_layout import Layout
from odenets.figures_network_layout import Page
from odenets.figures_network_notes import SOLVED
from odenets.figures_network_plan import BEFORE, PROJECT, SIGMA
from odenets.figures_network_rows import FACTOR, OVER_DEPTH, SHARED
from odenets.figures_network_words import SHOWN, listed, symbol

ABOVE = (
    "Above, the network, read line by line from stem to head. A box is a step, its letter the table below that it is "
    "wired by"
)
STACKED = "; stacked boxes with × {0} are {0} such steps, one behind the other"
OWN = " Each step has weights of its own."
SAME = f" Steps of a stage with “{SHARED}” have the same ones, all others weights of their own."
DEPTH = f" Steps with “{OVER_DEPTH}” see functions of depth at their places, all others have weights of their own."
ARROW = " An arrow is a value that a step adds up"
BESIDE = (
    "; beside it is the factor with which it enters the next value (1, or only through a block, where there is none)"
)
LATE = " A dashed arrow brings a value of an earlier step."
NARROWS = " A box that narrows to the right changes the number of channels or the size."
PASSES = f" {PROJECT} is what states go through there."
SHARES = f" {BEFORE} is what comes before "
BEHIND = " σ is what comes behind a sum."
MANY_VALUES = " Of more than three values that enter a step the first two and the last are drawn there."
SKIPPED = " A dotted box counts steps that each have a table of their own, which are not drawn."
REPEATED = " A dashed frame is gone through as many times as is written in it."
START = " Where {} begins, {}."
VARYING = " Coefficients {} differ from step to step; their first and last values are given."
ROUNDED = " Numbers with a decimal point are rounded."
BELOW = (
    "\nBelow, one step of each table in full. A horizontal line carries a value to the right; a mark on it takes the "
    "value"
)
TIMES = ", times the number beside the mark (1 where there is none),"
INTO = (
    " into the sum that runs down to a box or an arrow. A box evaluates its block on that sum: $F_i$ is what it gives. "
    "An arrow is the next value."
)
UNKNOWN = " An $F_i$ at the left is an unknown that an implicit step solves for: its box gives the same $F_i$."
CROSSED = " Lines that cross without a mark do not touch."
HANDED = " Values that a step only hands on to the next one are named under it, not drawn."


def page_caption(page: Page) -> str:
    """The sentences, each with whether the picture has what it explains."""
    plan, kinds = page.plan, {box.kind for box in page.boxes}
    tables, layouts = plan.tables.values(), [panel.layout for panel in page.panels]
    texts = {label.text for label in page.labels}
    names = {name for table in tables for name in table.scheme.fields}
    projects = any(name[0] == PROJECT for name in names)
    varying = list(dict.fromkeys(name for table in tables for name in table.varying))
    most = max(box.times for box in page.boxes)
    several = any(sum(run.steps for run in stage) > 1 for stage in plan.stages)
    said = [
        (ABOVE, True),
        (STACKED.format(most), most > 1),
        (".", True),
        (DEPTH if OVER_DEPTH in texts else SAME if SHARED in texts else OWN, several),
        (ARROW, True),
        (BESIDE, any(label.size == FACTOR for label in page.labels)),
        (".", True),
        (LATE, any(wire.late for wire in page.wires)),
        (MANY_VALUES, max(sum(not lane.slope for lane in found.lanes) for found in layouts) > SHOWN),
        (NARROWS, "crossing" in kinds),
        (PASSES, projects),
        (SHARES + ("both block and projection." if projects else "the blocks there."), BEFORE in names),
        (REPEATED, "frame" in kinds),
        (SKIPPED, "skipped" in kinds),
        (START.format("a stage" if plan.restarts else "the network", beginning(plan.remembers)), bool(plan.remembers)),
        (BELOW, True),
        (TIMES, any(tap.label for found in layouts for tap in found.taps)),
        (INTO, True),
        (UNKNOWN, any(text.startswith(SOLVED) for text in texts)),
        (CROSSED, any(map(lines_cross, layouts))),
        (HANDED, any(text.startswith("handed on") for text in texts)),
        (BEHIND, SIGMA in names),
        (VARYING.format(listed(list(map(symbol, varying)))), bool(varying)),
        (ROUNDED, any("." in text for text in texts)),
    ]
    return "".join(text for text, met in said if met)


def beginning(kinds: tuple[str, ...]) -> str:
    """What the states are that a step keeps besides the value, where nothing is known yet."""
    zero = " and ".join(kind for kind in kinds if kind != "values")
    copies = "values of earlier steps are copies of its first one" * ("values" in kinds)
    return ", ".join(filter(None, [copies, f"{zero} {'are ' * (not copies)}0" if zero else ""]))


def lines_cross(found: Layout) -> bool:
    marks = {(tap.source, tap.target) for tap in found.taps}
    return any(
        lane.start < column.x < lane.end and column.y < lane.y < column.top and (lane.name, column.name) not in marks
        for lane in found.lanes
        for column in found.columns
    )
