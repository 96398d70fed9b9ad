"""All that is known of a scheme, as plain data, as text and as LaTeX; what has no answer gives its reason instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analysis.errors import AnalysisError
from analysis.intervals import imaginary_interval, real_interval
from analysis.orders import effective_step, error_constant, linear_order, order
from analysis.roots import Root, zero_stability, zero_stable_range
from analysis.series import modified_equation
from analysis.terms import modified_latex, modified_text
from schemes import Parameter, Scheme, SchemeError, formula_lines, source, tableau, tableau_latex


@dataclass(frozen=True)
class Unknown:
    """A question without an answer, and why."""

    reason: str


def ask(question: Callable[..., Any], *about: Any) -> Any:
    try:
        return question(*about)
    except (AnalysisError, SchemeError) as error:
        return Unknown(str(error))


def answers(scheme: Scheme) -> dict[str, Any]:
    """The facts of the table in the order of a reader's questions; each may be Unknown."""
    free = scheme.mean().symbols
    found = {
        "order": ask(linear_order if scheme.operator else order, scheme),
        "effective step": ask(effective_step, scheme),
        "error constant": ask(error_constant, scheme),
        "zero-stable": ask(zero_stable_range if free else zero_stability, scheme),
        "real interval": ask(real_interval, scheme),
        "imaginary interval": ask(imaginary_interval, scheme),
    }
    return {k: v for k, v in found.items() if v is not None}


def facts(scheme: Scheme, trees: int = 3) -> dict[str, Any]:
    """All answers as JSON-ready data, numbers exact as text; `trees`: up to which order the modified equation goes.

    What has no answer is null, with its reason under "unanswered".
    """
    found = answers(scheme)
    modified = ask(modified_equation, scheme, trees)
    found["modified equation"] = modified
    reasons = {k: v.reason for k, v in found.items() if isinstance(v, Unknown)}
    plain = {k: None if k in reasons else as_plain(v) for k, v in found.items()}
    matrices = {m: [[str(x) for x in row] for row in getattr(scheme, m)] for m in "AUBV"}
    return {
        "name": scheme.name,
        "kind": scheme.kind,
        "formula": ask_lines(scheme),
        **matrices,
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
    """All answers as text."""
    sections = [
        ("", "\n".join([*ask_lines(scheme), *(f"  {parameter_text(p)}" for p in scheme.parameters)])),
        ("tableau", tableau(scheme)),
        ("", "\n".join(f"{k:<20}{text}" for k, text in said(scheme).items())),
        ("modified equation", shown(ask(modified_text, scheme, trees))),
        ("one step in Python", shown(ask(source, scheme)).rstrip()),
        ("source", scheme.source),
    ]
    return "\n\n".join(f"{title}\n{indented(text)}" if title else text for title, text in sections if text)


def describe_latex(scheme: Scheme, trees: int = 3) -> str:
    """Formula, tableau and modified equation as LaTeX display environments (amsmath)."""
    formula = ask(formula_lines, scheme, True)
    parts = [] if isinstance(formula, Unknown) else [aligned(" \\\\\n".join(formula))]
    parts.append(f"\\[\n{tableau_latex(scheme)}\n\\]")
    modified = ask(modified_latex, scheme, trees)
    parts.append(f"% {modified.reason}" if isinstance(modified, Unknown) else aligned(modified))
    return "\n".join(parts)


def said(scheme: Scheme) -> dict[str, str]:
    """The answers as phrases; a reason that was given is not repeated."""
    phrases: dict[str, str] = {}
    for question, answer in answers(scheme).items():
        phrase = in_words(scheme, question, answer)
        if not (isinstance(answer, Unknown) and phrase in phrases.values()):
            phrases[question] = phrase
    return phrases


def aligned(text: str) -> str:
    return f"\\begin{{align*}}\n{text}\n\\end{{align*}}"


def ask_lines(scheme: Scheme) -> list[str]:
    lines = ask(formula_lines, scheme)
    return [lines.reason] if isinstance(lines, Unknown) else list(lines)


def shown(x: Any) -> str:
    return x.reason if isinstance(x, Unknown) else str(x)


def indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def parameter_text(p: Parameter) -> str:
    if p.kind == "learned":
        return f"{p.name} is learned, one a {p.per}, and starts at {p.value}"
    return f"{p.name} is random, drawn per {p.per}: {p.value}" if p.kind == "random" else f"{p.name} is chosen"


def in_words(scheme: Scheme, question: str, answer: Any) -> str:
    """An answer as a phrase that stands behind its question."""
    if isinstance(answer, Unknown):
        return answer.reason
    if question == "order" and scheme.operator:
        return f"{answer} on u' = λu: R(z) = exp(z) + O(z^{answer + 1}); as an operator it has no other"
    if question == "zero-stable" and isinstance(answer, tuple):
        (name,) = scheme.mean().symbols
        return f"for {name} in {' or '.join(map(str, answer)) or 'no interval'}"
    if question == "zero-stable":
        word = "yes, strictly" if answer.strictly_stable else "yes, weakly" if answer.stable else "no"
        return f"{word}; roots {', '.join(map(root_text, answer.roots))}"
    if question.endswith("interval"):
        return f"{answer}" + (" · i" if question.startswith("imaginary") else "") + " in h λ"
    return f"{answer} h" if question == "effective step" else str(answer)


def root_text(root: Root) -> str:
    times = f" ({root.multiplicity}-fold)" if root.multiplicity > 1 else ""
    grows = f" (growth parameter {root.growth})" if root.growth is not None and root.value != 1 else ""
    return f"{root.value}{times}{grows}"


def as_plain(x: Any) -> Any:
    """JSON-ready: records become dictionaries, trees their level sequence as text, numbers exact text."""
    if isinstance(x, bool | int | str) or x is None:
        return x
    if isinstance(x, dict):
        return {str(k): as_plain(v) for k, v in x.items()}
    if isinstance(x, tuple | list):
        return [as_plain(v) for v in x]
    if hasattr(x, "__dataclass_fields__"):
        return {k: as_plain(getattr(x, k)) for k in x.__dataclass_fields__}
    return str(x)
