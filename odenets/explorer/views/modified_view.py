"""The modified equation: what the steps of a scheme really solve."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from analysis import AnalysisError, follows, modified_equation, modified_latex, modified_text, unknowns
from analysis.differentials import LATEX, differential, named_tree, shortened
from analysis.structure import structure
from analysis.terms import DIGITS, fields_of
from analysis.trees import Grammar, sigma
from analysis.trees import order as size_of
from odenets.errors import OdenetsError
from odenets.explorer.bounds import BOUNDS, check
from odenets.explorer.mathml import fragment, pieces
from odenets.explorer.views.numbers import real
from schemes import Scheme

USUAL = 4
WIDTH = 100  # of a line of text
MOST = 1300  # trees: those of one field to order 8 are 200, of two fields to order 6 1,202


def modified(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"pieces": [[MathML, …]], a line an unknown, "text", "latex", "terms": [{"tree", "order", …}], "order"}.

    terms    u' = Σ_t h^(|t|-1)/σ(t) b(t) F(t)(u): the levels of the tree t, |t|, σ(t), b(t) as "coefficient" (exact
             text), "mathml" and "float" (null where a parameter is free), F(t) as "differential" (MathML), and "fields"
             of its nodes where there are several
    options  {"order": 1..8}
    Free parameters stay symbols, random ones are at their means. Raises AnalysisError where the steps follow no
    modified equation, OdenetsError beyond the bounds.
    """
    order = wanted(options.get("order", USUAL))
    following(scheme)
    names = unknowns(scheme)
    bounded(scheme, order)
    series = modified_equation(scheme, order)
    latex = modified_latex(scheme, order)
    fields = fields_of(names)
    digits = DIGITS if scheme.tolerance else None
    return {
        "pieces": [pieces(line) for line in latex.split(LATEX.line)],
        "text": modified_text(scheme, order, width=WIDTH),
        "latex": latex,
        "terms": [term(key, c, fields, digits) for key, c in series.items()],
        "order": order,
    }


def wanted(order: Any) -> int:
    """The order that is asked for."""
    if isinstance(order, bool) or not str(order).isdecimal() or len(str(order)) > 4 or int(order) < 1:
        raise OdenetsError(f"order = {str(order)[:20]!r} is none: give a whole number from 1 to {BOUNDS['order'].most}")
    check("order", int(order))
    return int(order)


def following(scheme: Scheme) -> None:
    try:
        follows(scheme)
    except AnalysisError as error:
        raise AnalysisError(str(error).partition("; modified_equation")[0]) from None


def bounded(scheme: Scheme, order: int) -> None:
    """Raises OdenetsError where there are too many trees, before they are made."""
    count = trees(structure(scheme).grammar, order)
    if count > MOST:
        raise OdenetsError(
            f"the modified equation of {scheme.name} to order {order} has {count} trees, the page shows {MOST}: "
            "lower the order"
        )


def trees(grammar: Grammar, order: int) -> int:
    """How many trees of at most `order` nodes a grammar has.

    The forests of n nodes with roots of some colours are F(n) = 1/n Σ_k F(n-k) Σ_(d | k) d T(d), T the trees of d nodes
    with such roots (the Euler transform; Flajolet, Sedgewick, Analytic Combinatorics, I.2.2); a tree of n + 1 nodes is
    a root with such a forest.
    """
    counts = [[0] * (order + 1) for _ in grammar]  # by colour of the root and number of nodes
    forests = [[1, *[0] * order] for _ in grammar]
    for n in range(order):
        for root, colours in enumerate(grammar):
            if n:
                divided = [
                    sum(d * counts[c][d] for c in colours for d in range(1, k + 1) if k % d == 0)
                    for k in range(1, n + 1)
                ]
                forests[root][n] = sum(forests[root][n - k] * x for k, x in enumerate(divided, 1)) // n
        for root in range(len(grammar)):
            counts[root][n + 1] = forests[root][n]
    return sum(map(sum, counts))


def term(key: Any, c: Any, fields: tuple[str, ...], digits: int | None) -> dict[str, Any]:
    levels, names = (key, ()) if len(fields) == 1 else key
    t = named_tree(key, fields)
    c = Fraction(c) if isinstance(c, int) else c
    return {
        "tree": list(levels),
        **({"fields": list(names)} if names else {}),
        "order": size_of(t),
        "symmetry": str(sigma(t)),
        "coefficient": str(shortened(c, digits)).replace("**", "^"),
        "mathml": fragment(LATEX.coefficient(shortened(c, digits))),
        "float": real(c) if isinstance(c, Fraction) else None,
        "differential": fragment(differential(t, fields, LATEX)),
    }
