"""Schemes from the other forms in which the literature prints them: pairs, splittings, Shu–Osher, low storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.builders import Entries, check_nodes, checked, formula, parametric, square
from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.interpreter import combine
from schemes.program import read_back, record
from schemes.rewriting import only
from schemes.scheme import Scheme, matrix, vector


def additive(name: str, tableaus: Mapping[str, Mapping[str, Any]], **about: Any) -> Scheme:
    """An additive Runge–Kutta scheme for u' = f(u) + g(u) + …, such as an implicit–explicit pair.

        Y_i = u + h Σ_c Σ_j a^c_ij c(Y_j),   u' = u + h Σ_c Σ_j b^c_j c(Y_j),   one tableau a field c

    tableaus: {field: {"A": rows, "b": weights, "embedded": weights}}, of equally many stages. A stage here is one
    evaluation of one field; those that nothing reads are left out.
    Raises SchemeError where the tableaus have different numbers of stages or only some have embedded weights.
    Source: Ascher, Ruuth, Spiteri, Appl. Numer. Math. 25 (1997); Kennedy, Carpenter, Appl. Numer. Math. 44 (2003).
    """
    fields = tuple(tableaus)
    if odd := next((c for c, t in tableaus.items() if not {"A", "b"} <= set(t)), None):
        raise SchemeError(f"{name}: the tableau of {odd} has {', '.join(tableaus[odd]) or 'nothing'}, it needs A and b")
    weights = {c: vector(name, f"b of {c}", t["b"]) for c, t in tableaus.items()}
    s = len(weights[fields[0]])
    if odd := next((c for c in fields if len(weights[c]) != s), None):
        raise SchemeError(f"{name}: {odd} has {len(weights[odd])} stages, {fields[0]} has {s}: give both as many")
    paired = [c for c in fields if tableaus[c].get("embedded") is not None]
    if paired and len(paired) < len(fields):
        raise SchemeError(f"{name}: {paired[0]} has embedded weights, give them for each of {', '.join(fields)}")
    tables = {c: square(name, matrix(name, f"A of {c}", t["A"]), s) for c, t in tableaus.items()}
    for c, t in tableaus.items():
        check_nodes(f"{name}: field {c}", tables[c], t.get("c"), about.get("tolerance", 0))

    def woven(rows: Mapping[str, Sequence[Any]]) -> tuple[Any, ...]:
        return tuple(x for j in range(s) for x in (rows[c][j] for c in fields))

    A = tuple(woven({c: tables[c][i] for c in fields}) for i in range(s) for _ in fields)
    b = woven(weights)
    second = woven({c: vector(name, "embedded", tableaus[c]["embedded"]) for c in fields}) if paired else None
    made = Scheme(
        name, A=A, U=((1,),) * len(A), B=(b,), V=((1,),), fields=fields * s, embedded=second,
        **parametric(about, *A, b),
    )  # fmt: skip
    return checked(read_only(made))


def read_only(scheme: Scheme) -> Scheme:
    """The scheme without the stages that no row reads, embedded weights included."""
    rows = (*scheme.A, *scheme.B, scheme.embedded or ())
    read = [j for j in range(scheme.stages) if any(row and not is_zero(row[j]) for row in rows)]
    return scheme if len(read) == scheme.stages else read_only(only(scheme, read))


def splitting(name: str, x: Entries, y: Entries, **about: Any) -> Scheme:
    """A splitting of x' = f(y), y' = g(x): x += a_i h f(y), then y += b_i h g(x), i = 1 … m.

    x, y: the a_i and the b_i, as many, or one a_i more; a step of length 0 is left out. Explicit, symplectic for
    separable Hamiltonians. Source: Ruth 1983; Hairer, Lubich, Wanner, Geometric Numerical Integration, II.5.
    """
    a, b = vector(name, "x", x), vector(name, "y", y)
    if len(a) - len(b) not in (0, 1):
        raise SchemeError(f"{name}: x has {len(a)} steps and y {len(b)}, they alternate: fill up with 0")
    b = (*b, *[Fraction(0)] * (len(a) - len(b)))

    def rule(f: Any, g: Any, x: Any, y: Any) -> Any:
        for p, q in zip(a, b, strict=True):
            x = x if is_zero(p) else x + p * f(y)
            y = y if is_zero(q) else y + q * g(x)
        return x, y

    return formula(name, rule, fields=("f", "g"), states=("x[n]", "y[n]"), **about)


def low_storage(name: str, A: Entries, B: Entries, **about: Any) -> Scheme:
    """A scheme in Williamson's form of two registers: S = A_i S + h f(u), u = u + B_i S; A_1 = 0.

    Raises SchemeError where A and B differ in length or A_1 ≠ 0. Source: Williamson, J. Comput. Phys. 35 (1980) 48–56.
    """
    a, b = vector(name, "A", A), vector(name, "B", B)
    if len(a) != len(b) or not a or not is_zero(a[0]):
        raise SchemeError(f"{name}: A and B have one entry a stage and A[1] is 0, A = {len(a)}, B = {len(b)} entries")

    def rule_of(a: Any, b: Any) -> Callable[..., Any]:
        def rule(f: Any, u: Any) -> Any:
            S: Any = 0
            for p, q in zip(a, b, strict=True):
                S = f(u) if is_zero(p) else p * S + f(u)
                u = u + q * S
            return u

        return rule

    return polynomial(name, rule_of, (a, b), **about)


def shu_osher(name: str, alpha: Sequence[Entries], beta: Sequence[Entries], **about: Any) -> Scheme:
    """A scheme as a sum of Euler steps: u_i = Σ_{k<i} α_ik u_k + h β_ik f(u_k), u_0 = u[n], the last one u[n+1].

    alpha, beta: row i has i entries. The α of a row sum to 1; in a rounded table the first one is made to fit.
    Raises SchemeError for rows of other lengths or sums. Source: Shu, Osher, J. Comput. Phys. 77 (1988) 439–471.
    """
    rows = [matrix(name, key, value) for key, value in (("alpha", alpha), ("beta", beta))]
    for key, table in zip(("alpha", "beta"), rows, strict=True):
        if odd := next((i for i, row in enumerate(table, 1) if len(row) != i), None):
            raise SchemeError(f"{name}: row {odd} of {key} has {len(table[odd - 1])} entries, it must have {odd}")
    if len(rows[0]) != len(rows[1]):
        raise SchemeError(f"{name}: alpha has {len(rows[0])} rows and beta {len(rows[1])}, give both as many")
    slack = Fraction(about.get("tolerance", 0)) * len(rows[0])
    alphas = []
    for i, row in enumerate(rows[0], 1):
        off = sum(row, Fraction(0)) - 1
        if not is_zero(off) and not (isinstance(off, Fraction) and abs(off) <= slack):
            raise SchemeError(f"{name}: row {i} of alpha sums to {off + 1}, it must sum to 1")
        alphas.append((row[0] - off, *row[1:]))

    def rule_of(alphas: Any, betas: Any) -> Callable[..., Any]:
        def rule(f: Any, u: Any) -> Any:
            found = [u]
            for a, b in zip(alphas, betas, strict=True):
                terms = [
                    *zip(a, found, strict=True),
                    *((q, f(v)) for q, v in zip(b, found, strict=True) if not is_zero(q)),
                ]
                found.append(combine(terms))
            return found[-1]

        return rule

    return polynomial(name, rule_of, (tuple(alphas), rows[1]), **about)


def polynomial(name: str, rule_of: Callable[..., Callable[..., Any]], numbers: tuple[Any, Any], **about: Any) -> Scheme:
    """The scheme of a rule whose table is made of sums and products of numbers; its tolerance is that of the table.

    An entry is a polynomial in the numbers with coefficients ≥ 0, so it changes by no more than it does at their
    absolute values, moved up by the tolerance. Weights of u[n] carry no slope, the α that are made to fit do not count.
    """
    scheme = formula(name, rule_of(*numbers), **about)
    if not scheme.tolerance:
        return scheme

    def table(by: Fraction) -> Scheme:
        program = record(rule_of(*lifted(numbers, by)), ("f",), ("u[n]",), merge=False)
        return read_back(program, name, scheme.parameters)

    tight, wide = table(Fraction(0)), table(scheme.tolerance)
    pairs = [(x, y) for m in "AB" for rows in zip(getattr(tight, m), getattr(wide, m), strict=True)
             for x, y in zip(*rows, strict=True)]  # fmt: skip
    changes = [y - x for x, y in pairs if isinstance(x, Fraction) and isinstance(y, Fraction)]
    return replace(scheme, tolerance=max([scheme.tolerance, *changes]))


def lifted(x: Any, by: Fraction) -> Any:
    """Nested numbers as absolute values, those that are not 0 moved up."""
    if isinstance(x, tuple):
        return tuple(lifted(y, by) for y in x)
    return abs(x) + by if isinstance(x, Fraction) and x else x
