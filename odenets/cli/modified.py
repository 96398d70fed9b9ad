"""The command on series over trees: modified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from odenets.cli import pictures
from odenets.cli.common import print_json, print_text
from odenets.cli.schemes import named
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from schemes import Scheme

HIGHEST = 8
WIDTH, LATEX_WIDTH = 100, 80
MEANINGS = {
    "modified": "the modified equation: its exact solution passes through the steps of {}",
    "modifying": "the modifying integrator: {} applied to this equation gives the exact solution of f",
    "map": "the B-series of one step of {}",
    "below": "the B-series of the one-step map below {}, which its smooth states follow",
}
TITLES = {"modified": "Modified equation", "modifying": "Modifying integrator", "map": "B-series"}
PACKAGES = "% needs \\usepackage{amsmath}; \\allowdisplaybreaks lets it run over several pages"


def whole(_: Any, tokens: Sequence[Any]) -> int:
    """2.5 is refused, not rounded."""
    if not tokens[0].value.isdecimal():
        raise OdenetsError(f"--order {tokens[0].value}: an order is a whole number, give 1 to {HIGHEST}")
    return int(tokens[0].value)


def modified(
    scheme: str,
    *,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    order: Annotated[int, Parameter(converter=whole)] = 4,
    modifying: Annotated[bool, Parameter(negative="")] = False,
    map_: Annotated[bool, Parameter(name="--map", negative="")] = False,
    latex: bool = False,
    json: bool = False,
    trees: Path | None = None,
    field: str | None = None,
    plot: Path | None = None,
) -> None:
    """Compute the modified equation of a scheme, the equation that its steps really solve, in elementary differentials.

    Example: odenets modified lm2 --order 4 --latex

    Parameters
    ----------
    scheme
        A name from `odenets schemes`.
    set_
        Fix a parameter: k=-1/2, steps=3. What is not fixed stays a symbol.
    order
        Trees up to this order, 1 to 8.
    modifying
        The modifying integrator instead: the equation for which the scheme steps along the exact solution of f.
    map_
        The B-series of one step instead.
    latex
        Print an align* environment (amsmath).
    json
        Print JSON only: exact numbers as text, keyed by the level sequence of the tree.
    trees
        Draw the trees with their coefficients into this .png, .svg or .pdf.
    field
        A named field for --plot, for instance pendulum or lotka_volterra.
    plot
        Draw the steps on the field beside the flows of the modified equations into this .png, .svg or .pdf.
    """
    if latex and json:
        raise OdenetsError("--latex and --json are different formats, choose one")
    if modifying and map_:
        raise OdenetsError("--modifying and --map are different series, choose one")
    if not 1 <= order <= HIGHEST:
        raise OdenetsError(f"--order {order}: a series is printed from order 1 to {HIGHEST}, see analysis for more")
    from analysis import linear_text
    from odenets.figures_shadow import one_a_step

    if (field is None) != (plot is None):
        raise OdenetsError("--plot draws the steps on a field: give --field NAME and --plot FILE together")
    label, found = named(scheme, set_)
    what = "modifying" if modifying else "map" if map_ else "modified"
    if found.operator:
        raise OdenetsError(
            f"{scheme} applies a field to a slope: it has no B-series; on u' = λu its R(z) follows "
            + linear_text(found, order)
        )
    one_a_step(found)
    if what == "modified":
        check(found)
    series = computed(found, what, order)
    pictures.draw(
        [(trees, partial(tree_picture, what, series)), (plot, partial(field_picture, field, order))], {label: found}
    )
    print_series(found, label, what, series, latex, json)


def check(scheme: Scheme) -> None:
    """Whether the steps follow a modified equation; what is left to ask where they do not."""
    from analysis import AnalysisError, follows

    try:
        follows(scheme)
    except AnalysisError as error:
        found, _, advice = str(error).partition("; modified_equation")
        raise AnalysisError(found + "; --map still gives the formal series" * bool(advice)) from None


def about(scheme: Scheme, label: str, what: str) -> str:
    """What the series is, in words."""
    from analysis.structure import structure
    from odenets.figures_shadow_words import MEANS

    below = what == "map" and len(scheme.V) > len(structure(scheme).components)
    said = MEANINGS["below" if below else what].format(label)
    return said + f" ({MEANS})" * bool(scheme.role("random"))


def computed(scheme: Scheme, what: str, order: int) -> dict[Any, Any]:
    """The series; what forbids it is the AnalysisError of these functions."""
    import analysis

    asked: dict[str, Callable[[], dict[Any, Any]]] = {
        "modified": lambda: analysis.modified_equation(scheme, order),
        "modifying": lambda: analysis.modifying_integrator(scheme, order),
        "map": lambda: analysis.bseries(scheme, order),
    }
    return asked[what]()


def tree_picture(what: str, series: dict[Any, Any], schemes: Mapping[str, Scheme]) -> Any:
    from analysis import plots
    from analysis.terms import unknowns
    from odenets.figures_shadow_words import MEANS

    ((label, scheme),) = schemes.items()
    means = f" ({MEANS})" * bool(scheme.role("random"))
    return plots.trees(series, kind(what), unknowns(scheme), f"{TITLES[what]} of {label}{means}")


def field_picture(field: str | None, order: int, schemes: Mapping[str, Scheme]) -> Any:
    from analysis.examples import example
    from odenets.figures_shadow import shadow_picture

    ((label, scheme),) = schemes.items()
    return shadow_picture(scheme, label, example(field or ""), order)


def print_series(scheme: Scheme, label: str, what: str, series: dict[Any, Any], latex: bool, json: bool) -> None:
    from analysis.exchange import series_json
    from analysis.terms import DIGITS, series_latex, series_text, unknowns

    meaning, names = about(scheme, label, what), unknowns(scheme)
    options: dict[str, Any] = {
        "digits": DIGITS if scheme.tolerance else None,
        "remainder": unknown(scheme, what, series),
    }
    if json:
        print_json(series_json(series, kind(what), names, meaning))
    elif latex:
        rows = series_latex(series, kind(what), names, width=LATEX_WIDTH, **options)
        print_text(f"% {meaning}\n{PACKAGES}\n\\begin{{align*}}\n{rows}\n\\end{{align*}}")
    else:
        print_text(f"{meaning}\n\n{series_text(series, kind(what), names, width=WIDTH, **options)}")


def unknown(scheme: Scheme, what: str, series: dict[Any, Any]) -> int | None:
    """The power of h in O() where the scheme's order says more than the series: u' = f + O(h^4) of RK4."""
    from analysis import AnalysisError, order

    last = max(len(name[0] if isinstance(name[0], tuple) else name) for name in series) if series else 0
    with suppress(AnalysisError):
        return order(scheme) if what == "modified" and last < order(scheme) else None
    return None


def kind(what: str) -> str:
    return "map" if what == "map" else "field"


COMMANDS: Sequence[Any] = (modified,)
