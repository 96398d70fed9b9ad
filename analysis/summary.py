"""A scheme as plain data, as text and as LaTeX: its formula, its table, its certificate, its modified equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analysis.certificates import Unknown, ask, certificate, lines
from analysis.orders import order
from analysis.series import modified_equation
from analysis.terms import modified_latex, modified_text
from schemes import Parameter, Scheme, formula_lines, source, tableau, tableau_latex

LEADING = 5  # an order up to which the leading error is written out: 20 trees of order 6
WIDTH, LATEX_WIDTH = 100, 80


def facts(scheme: Scheme, trees: int = 3) -> dict[str, Any]:
    """The table and the certificate as JSON-ready data, numbers exact as text; `trees`: order of the modified equation.

    What has no answer is null, with its reason under "unanswered".
    """
    found = {name: x for name, _, x in certificate(scheme).answers()}
    found["modified_equation"] = ask(modified_equation, scheme, trees)
    reasons = {k: v.reason for k, v in found.items() if isinstance(v, Unknown)}
    plain = {k: None if k in reasons else as_plain(v) for k, v in found.items()}
    matrices = {m: [[str(x) for x in row] for row in getattr(scheme, m)] for m in "AUBV"}
    return {
        "name": scheme.name,
        "kind": scheme.kind,
        "formula": formula_lines(scheme),
        **matrices,
        "embedded": as_plain(scheme.embedded),
        "tolerance": str(scheme.tolerance),
        "states": list(scheme.states),
        "fields": list(scheme.fields),
        "parameters": [
            {"name": p.name, "kind": p.kind, "value": str(p.value), "per": p.per} for p in scheme.parameters
        ],
        **plain,
        "unanswered": reasons,
        "source": scheme.source,
    }


def describe(scheme: Scheme, trees: int = 3) -> str:
    """All answers as text; the modified equation to trees of order `trees`, and at least to its leading error.

    The leading error of a scheme of higher order than 5 is its power of h alone.
    """
    sections = [
        ("", "\n".join([*formula_lines(scheme), *(f"  {parameter_text(p)}" for p in scheme.parameters)])),
        ("tableau", tableau(scheme)),
        ("", "\n".join(f"{k:<20}{text}" for k, text in lines(certificate(scheme)).items())),
        ("modified equation", shown(ask(leading, modified_text, scheme, trees, WIDTH))),
        ("one step in Python", shown(ask(source, scheme)).rstrip()),
        ("source", scheme.source),
    ]
    return "\n\n".join(f"{title}\n{indented(text)}" if title else text for title, text in sections if text)


def describe_latex(scheme: Scheme, trees: int = 3) -> str:
    """Formula, tableau and modified equation as LaTeX display environments (amsmath)."""
    parts = [aligned(" \\\\\n".join(formula_lines(scheme, True))), f"\\[\n{tableau_latex(scheme)}\n\\]"]
    modified = ask(leading, modified_latex, scheme, trees, LATEX_WIDTH)
    parts.append(f"% {modified.reason}" if isinstance(modified, Unknown) else aligned(modified))
    return "\n".join(parts)


def leading(write: Callable[..., str], scheme: Scheme, trees: int, width: int) -> str:
    """The modified equation with its first error term, u' = f + h^p […] + O(h^(p+1)), or u' = f + O(h^p)."""
    p = ask(order, scheme)
    if isinstance(p, Unknown) or trees > p:
        return write(scheme, trees, width=width)
    if p <= LEADING:
        return write(scheme, p + 1, width=width)
    return write(scheme, 1, width=width, remainder=p)


def aligned(text: str) -> str:
    return f"\\begin{{align*}}\n{text}\n\\end{{align*}}"


def shown(x: Any) -> str:
    return x.reason if isinstance(x, Unknown) else str(x)


def indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def parameter_text(p: Parameter) -> str:
    if p.kind == "learned":
        return f"{p.name} is learned, one a {p.per}, and starts at {p.value}"
    return f"{p.name} is random, drawn per {p.per}: {p.value}" if p.kind == "random" else f"{p.name} is chosen"


def as_plain(x: Any) -> Any:
    """JSON-ready: records become dictionaries, trees their level sequence as text, numbers exact text."""
    if isinstance(x, bool | int | str) or x is None:
        return x
    if isinstance(x, dict):
        return {str(k): as_plain(v) for k, v in x.items()}
    if isinstance(x, tuple | list):
        return [as_plain(v) for v in x]
    if isinstance(x, Scheme):
        return repr(x)
    if hasattr(x, "__dataclass_fields__"):
        return {k: as_plain(getattr(x, k)) for k in x.__dataclass_fields__}
    return str(x)
