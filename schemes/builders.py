"""Schemes from what books print: a Butcher tableau, α and β, four matrices, or the step written as a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from schemes.equivalence import same
from schemes.errors import SchemeError
from schemes.exact import coefficient, is_zero
from schemes.parameters import Parameter
from schemes.program import read_back, record
from schemes.scheme import Matrix, Scheme, check_shape, matrix, unit, vector
from schemes.symbols import RationalFunction

Entries = Sequence[Any]


def runge_kutta(
    name: str, A: Sequence[Entries], b: Entries, c: Entries | None = None, *, fields: Sequence[str] = (), **about: Any
) -> Scheme:
    """A Runge–Kutta scheme from its Butcher tableau: Y_i = u + h Σ_j a_ij f(Y_j), u' = u + h Σ_j b_j f(Y_j).

    A: square, or the ragged rows below the diagonal (an explicit scheme, as printed). c, where given, is checked.
    Raises SchemeError for a shape that does not fit, a float, and nodes that are not the row sums of A.
    """
    b = vector(name, "b", b)
    s = len(b)
    A = square(name, matrix(name, "A", A), s)
    check_nodes(name, A, c, about.get("tolerance", 0))
    return checked(
        Scheme(name, A=A, U=((1,),) * s, B=(b,), V=((1,),), fields=tuple(fields), **parametric(about, *A, b))
    )


def multistep(name: str, alpha: Entries, beta: Entries, **about: Any) -> Scheme:
    """A linear multistep scheme Σ_j α_j u_{n+j} = h Σ_j β_j f_{n+j}, coefficients ascending, α_0 … α_k and β_0 … β_k.

    Its states are the values and increments that it reads: "u[n]", "u[n-1]", …, "hf[n-1]", …
    Raises SchemeError unless Σ α_j = 0 (a constant solution stays constant), α_k ≠ 0 and some β_j ≠ 0.
    """
    alpha, beta = vector(name, "alpha", alpha), vector(name, "beta", beta)
    k = len(alpha) - 1
    if len(beta) != k + 1 or k < 1:
        raise SchemeError(f"{name}: alpha has {k + 1} entries and beta {len(beta)}, both need k + 1 of them with k ≥ 1")
    if is_zero(alpha[k]) or all(is_zero(x) for x in beta):
        raise SchemeError(
            f"{name}: alpha[{k + 1}] and some beta must not be 0, otherwise the next value or the field is missing"
        )
    if not is_zero(total := sum(alpha, Fraction(0))):
        raise SchemeError(
            f"{name}: the alpha sum to {total}, they must sum to 0 for a constant solution to stay constant"
        )
    if isinstance(off := about.get("tolerance"), Fraction) and off and isinstance(alpha[k], Fraction) and alpha[k] != 1:
        numbers = [abs(x) for x in (*alpha, *beta) if isinstance(x, Fraction)]
        about["tolerance"] = 2 * off * (1 + max(numbers) / abs(alpha[k])) / abs(alpha[k])  # of the quotients
    alpha, beta = [x / alpha[k] for x in alpha], [x / alpha[k] for x in beta]
    implicit = not is_zero(beta[k])
    newest = 0 if implicit else 1  # the stage is at u[n+1] or at u[n], so the kept slopes begin at hf[n] or hf[n-1]
    values = trimmed([(past("u", j), -alpha[k - 1 - j]) for j in range(k)], keep=1)
    slopes = trimmed([(past("hf", j), beta[k - 1 - j]) for j in range(newest, k)])
    states, weights = zip(*values, *slopes, strict=True)
    came = dict(zip(states[1:], states[:-1], strict=True))  # what moves into a state: its neighbour …
    came.update({state: "" for state, _ in slopes[:1]})  # … but into the newest slope the stage's own
    return checked(
        Scheme(
            name,
            A=((beta[k],),),
            U=(weights if implicit else unit(states, "u[n]"),),
            B=((beta[k] if implicit else beta[k - 1],), *((int(came[state] == ""),) for state in states[1:])),
            V=(weights, *(unit(states, came[state]) for state in states[1:])),
            states=states,
            **parametric(about, alpha, beta),
        )
    )


def general_linear(name: str, A: Any, U: Any, B: Any, V: Any, **about: Any) -> Scheme:
    """A general linear scheme from its four matrices; the first state is the network's state u[n].

    Raises SchemeError where shapes do not fit and where no start value keeps a constant solution constant.
    """
    tables: dict[str, Any] = {key: matrix(name, key, rows) for key, rows in {"A": A, "U": U, "B": B, "V": V}.items()}
    return checked(Scheme(name, **tables, **parametric(about, *(row for rows in tables.values() for row in rows))))


def formula(
    name: str,
    rule: Callable[..., Any],
    *,
    fields: Sequence[str] = ("f",),
    states: Sequence[str] = ("u[n]",),
    **about: Any,
) -> Scheme:
    """The scheme of a step that is written as code: formula("heun", lambda f, u: u + (f(u) + f(u + f(u))) / 2).

    rule(*fields, *states) returns the next state, or a tuple of them; a field's value is the increment h f(Y).
    Raises SchemeError where the rule is not linear in states and increments.
    """
    try:
        program = record(rule, fields, states)
    except (SchemeError, TypeError) as error:
        raise SchemeError(f"{name}: {error}") from error
    if len(program.outputs) != len(states):
        raise SchemeError(
            f"{name}: the rule returns {len(program.outputs)} states, it must return {len(states)}: {tuple(states)}"
        )
    entries = [x for form in (*program.outputs, *(c.argument for c in program.calls)) for x in form.terms.values()]
    return checked(read_back(program, name, **parametric(about, entries)))


# ---- parts ---------------------------------------------------------------------------------------------------------


def check_nodes(name: str, A: Matrix, c: Entries | None, tolerance: Any) -> None:
    """Raises SchemeError where nodes are given and are not the row sums of A, as far as the tolerance tells."""
    if c is None:
        return
    c = vector(name, "c", c)
    slack = coefficient(tolerance, f"{name}: tolerance") * (len(A) + 1)
    for i, (node, row) in enumerate(zip(c, A, strict=False)):
        if not same(node, sum(row, Fraction(0)), slack):
            raise SchemeError(
                f"{name}: c[{i + 1}] = {node} is not the sum of row {i + 1} of A, {sum(row, Fraction(0))}"
            )
    check_shape(name, "c", (c,), (1, len(A)))


def square(name: str, A: Matrix, stages: int) -> Matrix:
    """Rows of i - 1 entries, or of i with the diagonal, filled up with zeros; an empty first row may be left out."""
    if len(A) == stages - 1 and [len(row) for row in A] == list(range(1, stages)):
        A = ((), *A)
    if len(A) != stages:
        raise SchemeError(f"{name}: A has {len(A)} rows and b {stages} weights, a stage has one of each")
    for i, row in enumerate(A):
        if len(row) not in (i, i + 1, stages):
            raise SchemeError(
                f"{name}: row {i + 1} of A has {len(row)} entries, it must have {i} (an explicit stage), {i + 1} "
                f"(with its diagonal) or {stages} (one a stage, as b has)"
            )
    return tuple((*row, *[Fraction(0)] * (stages - len(row))) for row in A)


def past(head: str, steps: int) -> str:
    return f"{head}[n-{steps}]" if steps else f"{head}[n]"


def trimmed(weights: list[tuple[str, Any]], keep: int = 0) -> list[tuple[str, Any]]:
    """The states up to the last one with a weight: what lies further back is not read."""
    used = [i + 1 for i, (_, weight) in enumerate(weights) if not is_zero(weight)]
    return weights[: max([keep, *used])]


def parametric(about: dict[str, Any], *rows: Any) -> dict[str, Any]:
    """Symbols that nobody declared become chosen parameters without a value: the table is a family."""
    if "parameters" in about:
        return about
    entries = [coefficient(x) for row in rows for x in row]
    names = sorted({name for x in entries if isinstance(x, RationalFunction) for name in x.symbols})
    return {**about, "parameters": tuple(Parameter(name, "chosen", None, "table") for name in names)}


def checked(scheme: Scheme) -> Scheme:
    """The scheme, if each stage reads something and a constant solution of u' = 0 stays constant (pre-consistency)."""
    for i, (A, U) in enumerate(zip(scheme.A, scheme.U, strict=True), 1):
        if all(map(is_zero, (*A, *U))):
            raise SchemeError(
                f"{scheme.name}: stage {i} reads neither a state nor a slope, give row {i} of U or A an entry"
            )
    if scheme.preconsistency is None:
        raise SchemeError(
            f"{scheme.name} moves even where the field is 0: no q with V q = q, U q = 1, q[1] = 1; "
            "let the rows of V and U that act on values of u sum to 1"
        )
    return scheme
