"""A numerical integrator as data: four exact matrices and what its states mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from keyword import iskeyword
from typing import Any

from schemes.errors import SchemeError
from schemes.exact import coefficient, is_exact, is_zero, parameter_value, substitute
from schemes.linear import solve
from schemes.parameters import Parameter, expectation
from schemes.symbols import RationalFunction

Row = tuple[Any, ...]
Matrix = tuple[Row, ...]
STATE = re.compile(r"(?P<slope>h(?=f\[))?(?P<letter>[A-Za-z]\w*)\[n(?:-(?P<lag>[1-9]\d*))?\]")


@dataclass(frozen=True)
class Scheme:
    """One step of a general linear scheme,

        Y_i  = Σ_j U_ij u_j + h Σ_j A_ij f(Y_j)        stages
        u'_i = Σ_j V_ij u_j + h Σ_j B_ij f(Y_j)        next states.

    A, U, B, V  stages × stages, stages × states, states × stages, states × states; entries Fraction or rational
                functions of the parameters (or, after `at`, values of any arithmetic, for instance tensors)
    states      what each state holds: "u[n]" the network's state, "u[n-1]" its value a step ago, "hf[n-1]" the
                increment h f(u[n-1]), another letter a companion such as a velocity or RevNet's second half
    fields      the field that each stage evaluates
    parameters  what the entries still depend on
    start       the scheme that steps while the history fills; None is forward Euler
    embedded    b̂, other weights for the first row of B, whose result is compared with u[n+1] to estimate the error
    tolerance   how far entries may be from the irrational numbers that they stand for; 0: they are exact

    Raises SchemeError where shapes, names or numbers do not fit.
    The form is that of Butcher, Acta Numerica 15 (2006), section 1.
    """

    name: str
    A: Matrix
    U: Matrix
    B: Matrix
    V: Matrix
    states: tuple[str, ...] = ("u[n]",)
    fields: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    source: str = ""
    start: Scheme | None = field(default=None)
    embedded: Row | None = None
    tolerance: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        for name in "AUBV":
            object.__setattr__(self, name, matrix(self.name, name, getattr(self, name)))
        object.__setattr__(self, "fields", tuple(self.fields) or ("f",) * len(self.A))
        object.__setattr__(self, "states", tuple(self.states))
        object.__setattr__(self, "parameters", tuple(self.parameters))
        object.__setattr__(self, "tolerance", coefficient(self.tolerance, f"{self.name}: tolerance"))
        if self.tolerance < 0:
            raise SchemeError(
                f"{self.name}: tolerance = {self.tolerance} is negative: it is a distance, 0 for exact entries"
            )
        s, r = len(self.A), len(self.V)
        if self.embedded is not None:
            object.__setattr__(self, "embedded", vector(self.name, "embedded", self.embedded))
            if len(self.embedded or ()) != s:
                raise SchemeError(
                    f"{self.name}: embedded has {len(self.embedded or ())} weights, it needs one a stage, {s}"
                )
        for name, shape in {"A": (s, s), "U": (s, r), "B": (r, s), "V": (r, r)}.items():
            check_shape(self.name, name, getattr(self, name), shape)
        check_names(self, s, r)

    def __hash__(self) -> int:
        return self.digest

    @cached_property
    def digest(self) -> int:
        """The hash, made once: caches by scheme are asked in every step of a network."""
        return hash(tuple(getattr(self, f.name) for f in fields(self)))

    # ---- facts that follow from the table

    @property
    def stages(self) -> int:
        return len(self.A)

    @property
    def explicit(self) -> bool:
        """A is strictly lower triangular: each stage needs only the slopes before it."""
        return all(is_zero(x) for i, row in enumerate(self.A) for x in row[i:])

    @property
    def exact(self) -> bool:
        return not self.tolerance and all(is_exact(x) for x in self.entries)

    @property
    def entries(self) -> Row:
        return tuple(x for m in (self.A, self.U, self.B, self.V, (self.embedded or (),)) for row in m for x in row)

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset().union(*(x.symbols for x in self.entries if isinstance(x, RationalFunction)))

    @property
    def coefficients(self) -> tuple[Parameter, ...]:
        """The parameters that stand in the table itself, not only in the law of another one."""
        return tuple(p for p in self.parameters if p.name in self.symbols)

    @property
    def table(self) -> tuple[Matrix, Matrix, Matrix, Matrix, tuple[str, ...]]:
        """What makes two schemes the same method: A, U, B, V and the fields."""
        return self.A, self.U, self.B, self.V, self.fields

    @property
    def history(self) -> int:
        """How many steps back the states reach: 0 for a one-step scheme."""
        return max(lag(state) for state in self.states)

    @cached_property
    def preconsistency(self) -> Row | None:
        """q with V q = q, q_1 = 1, U q = 1 (but for zero rows of U): state i starts as q_i u_0; or None."""
        r = len(self.V)
        rows = [[v - (i == j) for j, v in enumerate(row)] for i, row in enumerate(self.V)]
        rows.append([Fraction(j == 0) for j in range(r)])
        right = [*([Fraction(0)] for _ in range(r)), [Fraction(1)]]
        for row in self.U:
            if not all(is_zero(x) for x in row):
                rows.append(list(row))
                right.append([Fraction(1)])
        solution = solve(rows, right)
        return None if solution is None else tuple(x for (x,) in solution)

    @property
    def operator(self) -> bool:
        """A stage applies the field to a slope instead of a state (PolyNet): there is R(z) but no B-series."""
        return any(all(is_zero(x) for x in row) for row in self.U)

    @property
    def kind(self) -> str:
        """runge_kutta, multistep, partitioned, operator or general_linear, as the table says."""
        if self.operator:
            return "operator"
        letters = {letter(state) for state in self.states}
        if len(self.states) == 1:
            return "runge_kutta"
        if self.stages == 1 and self.history and len(letters - {"f"}) == 1:
            return "multistep"
        return "partitioned" if len(set(self.fields)) > 1 else "general_linear"

    def role(self, kind: str) -> tuple[str, ...]:
        """Names of the parameters of a kind: chosen, learned or random."""
        return tuple(p.name for p in self.parameters if p.kind == kind)

    # ---- the same scheme with other coefficients

    def at(self, **values: Any) -> Scheme:
        """The scheme with parameters fixed (to numbers, tensors, symbols …) or declared anew by `learned`, `random`.

        Raises SchemeError for a name that is no parameter, and where the table has no value there (a pole).
        """
        known = {p.name: p for p in self.parameters}
        for name in values:
            if name not in known:
                has = f"its parameters are {', '.join(known)}" if known else "it has none"
                raise SchemeError(f"{self.name} has no parameter {name!r}: {has}")
        declared = {k: replace(v, name=k) for k, v in values.items() if isinstance(v, Parameter)}
        numbers = {k: parameter_value(v) for k, v in values.items() if k not in declared}
        kept = tuple(declared.get(n, p).at(numbers) for n, p in known.items() if n not in numbers)
        inherited = (
            {}
            if self.start is None
            else {k: v for k, v in values.items() if k in {p.name for p in self.start.parameters}}
        )
        start = self.start.at(**inherited) if self.start and inherited else self.start
        try:
            return self.mapped(lambda x: substitute(x, numbers), parameters=kept, start=start)
        except ZeroDivisionError:
            given = ", ".join(f"{k} = {v}" for k, v in numbers.items())
            raise SchemeError(f"{self.name} has no table at {given}: a coefficient divides by zero there") from None

    def mean(self) -> Scheme:
        """The scheme of evaluation: every coefficient that is random replaced by its expectation, E[ξ²] = 1."""
        laws = {p.name: p.value for p in self.parameters if p.kind == "random"}
        if not laws:
            return self
        kept = tuple(p for p in self.parameters if p.name not in laws)
        return self.mapped(lambda x: expectation(x, laws), parameters=kept, start=self.start and self.start.mean())

    def mapped(self, change: Callable[[Any], Any], **about: Any) -> Scheme:
        """The scheme with every entry of its matrices and embedded weights changed, and what else is said of it."""
        tables: dict[str, Any] = {m: tuple(tuple(map(change, row)) for row in getattr(self, m)) for m in "AUBV"}
        return replace(self, **tables, embedded=self.embedded and tuple(map(change, self.embedded)), **about)

    def __repr__(self) -> str:
        given = [(f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != f.default]
        return f"Scheme({', '.join(f'{k}={plain(v)}' for k, v in given)})"


def plain(x: Any) -> str:
    """repr with whole fractions as integers: the constructor takes both."""
    if isinstance(x, Fraction) and x.denominator == 1:
        return str(x)
    if isinstance(x, tuple):
        return f"({', '.join(map(plain, x))}{',' if len(x) == 1 else ''})"
    return repr(x)


def matrix(scheme: str, name: str, rows: Any) -> Matrix:
    return tuple(vector(scheme, f"{name}[{i + 1}]", row) for i, row in enumerate(listed(scheme, name, rows)))


def vector(scheme: str, name: str, row: Any) -> Row:
    return tuple(coefficient(x, f"{scheme}: {name}[{j + 1}]") for j, x in enumerate(listed(scheme, name, row)))


def listed(scheme: str, name: str, x: Any) -> Iterable[Any]:
    if isinstance(x, str) or not isinstance(x, Iterable):
        raise SchemeError(f"{scheme}: {name} = {x!r} is no list, put brackets around it")
    return x


def lag(state: str) -> int:
    """How many steps back a state lies: u[n] 0, u[n-2] 2."""
    match = STATE.fullmatch(state)
    return int(match["lag"] or 0) if match else 0


def letter(state: str) -> str:
    match = STATE.fullmatch(state)
    return match["letter"] if match else state


def unit(states: Sequence[str], name: str) -> Row:
    """The row that reads one state and no other."""
    return tuple(Fraction(state == name) for state in states)


def check_shape(scheme: str, name: str, rows: Matrix, shape: tuple[int, int]) -> None:
    want = f"{shape[0]} × {shape[1]} (stages by stages A, stages by states U, states by stages B, states by states V)"
    if len(rows) != shape[0]:
        raise SchemeError(f"{scheme}: {name} has {len(rows)} rows, it must be {want}")
    for i, row in enumerate(rows):
        if len(row) != shape[1]:
            raise SchemeError(f"{scheme}: row {i + 1} of {name} has {len(row)} entries, it must be {want}")


def check_names(scheme: Scheme, stages: int, states: int) -> None:
    if not states:
        raise SchemeError(f"{scheme.name}: a scheme has at least one state, give V at least one row")
    if len(scheme.states) != states or len(set(scheme.states)) != states:
        raise SchemeError(f"{scheme.name}: {states} different state names are needed, states = {scheme.states}")
    for state in scheme.states:
        if not STATE.fullmatch(state):
            raise SchemeError(f"{scheme.name}: state {state!r} is not written like 'u[n]', 'u[n-1]' or 'hf[n-1]'")
    if len(scheme.fields) != stages or not all(map(is_name, scheme.fields)):
        raise SchemeError(f"{scheme.name}: fields name one field a stage ({stages}), fields = {scheme.fields}")
    declared = [p.name for p in scheme.parameters]
    if len(set(declared)) != len(declared) or not all(map(is_name, declared)):
        raise SchemeError(f"{scheme.name}: parameters have different names such as 'k', they are called {declared}")
    if loose := sorted(scheme.symbols - set(declared)):
        raise SchemeError(f"{scheme.name}: symbol {loose[0]} is in the table but not declared, add it to parameters")


def is_name(x: str) -> bool:
    """Whether x can be a variable of the source."""
    return x.isidentifier() and not iskeyword(x)
