"""Any scheme made noisy: its slopes dropped, scaled or shaken at random, noise added to what a step gives.

A slope is F = h f(Y). What a step draws acts on each of its slopes: a kept slope hf[n-1] is what the step before has
made of it. The first steps of a multistep scheme are perturbed as the others are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.algebra import numbered
from schemes.arguments import check_fields
from schemes.equivalence import merged
from schemes.errors import SchemeError
from schemes.exact import coefficient, is_zero, parameter_value
from schemes.laws import Bernoulli, Distribution, Normal, Uniform
from schemes.parameters import Parameter, declaring, names_in
from schemes.scheme import Matrix, Row, Scheme, letter, unit
from schemes.starting import components, euler
from schemes.symbols import symbol

STANDARD, SHARE = Normal(0, 1), Uniform(0, 1)
Fields = Collection[str] | None


def dropped(
    scheme: Scheme,
    p: Any = "1/2",
    per: str = "batch",
    name: str | None = None,
    *,
    inverted: bool = False,
    fields: Fields = None,
) -> Scheme:
    """Every slope F ↦ η F, η = 1 with probability p, else 0; inverted: F ↦ (η/p) F, whose mean is the scheme itself.

    p       a number, or the name of a chosen parameter (None: p) with the default 1/2
    name    that of η; unless said eta, or eta_2, … where it is taken
    fields  whose slopes are dropped, all unless said

    dropped(euler) is stochastic depth. Raises SchemeError for p outside [0, 1], p = 0 inverted, a name that is taken,
    and a field that the scheme has not. Source: Huang et al. 2016, (2); Srivastava et al. 2014, section 10 (inverted).
    """
    p, declared = constant(scheme, p, "p", "1/2")
    eta = Parameter(fresh(scheme, name, "eta"), "random", Bernoulli(p), per)
    if inverted and is_zero(p):
        raise SchemeError(f"{scheme.name}: p = 0 drops every slope and cannot divide them, take p above 0")
    factor = symbol(eta.name) / p if inverted else symbol(eta.name)
    return weighted(scheme, factor, eta, *declared, fields=fields, suffix="dropped")


def multiplied(
    scheme: Scheme,
    sigma: Any = "1/10",
    law: Distribution = STANDARD,
    per: str = "element",
    name: str | None = None,
    *,
    fields: Fields = None,
) -> Scheme:
    """Every slope F ↦ (1 + σ ξ) F; σ is a number, or the name of a chosen parameter (None: sigma), by default 1/10.

    Raises SchemeError for a name that is taken and a field that the scheme has not.
    Source: Srivastava et al. 2014, section 10 (Gaussian dropout).
    """
    sigma, declared = constant(scheme, sigma, "sigma", "1/10")
    xi = Parameter(fresh(scheme, name, "xi"), "random", law, per)
    factor = 1 + sigma * symbol(xi.name)
    return weighted(scheme, factor, xi, *declared, fields=fields, suffix="multiplied")


def shaken(scheme: Scheme, law: Distribution = SHARE, per: str = "sample", name: str | None = None) -> Scheme:
    """Every slope F ↦ η F1 + (1-η) F2 of two fields f1 and f2 where f was, η uniform on [0, 1] unless said.

    shaken(euler) is Shake-Shake. Raises SchemeError for a name that is taken, of η or of a field.
    Source: Gastaldi 2017, (2).
    """
    if taken := {f"{field}{i}" for field in scheme.fields for i in (1, 2)} & set(scheme.fields):
        raise SchemeError(f"{scheme.name} has a field {min(taken)} already, call its fields f, g, … without a number")
    eta = Parameter(fresh(scheme, name, "eta"), "random", law, per)
    weights, named = (symbol(eta.name), 1 - symbol(eta.name)), also(scheme, [eta], ())

    def twice(rows: Matrix) -> Matrix:
        return tuple(tuple(w * x for x in row for w in weights) for row in rows)

    def of(part: Scheme) -> Scheme:
        return replace(
            part,
            name=f"{part.name}_shaken",
            A=tuple(row for row in twice(part.A) for _ in weights),
            U=tuple(row for row in part.U for _ in weights),
            B=twice(part.B),
            fields=tuple(f"{field}{i}" for field in part.fields for i in (1, 2)),
            parameters=declaring((*part.parameters, *named)),
            start=(low := beginning(part)) and of(low),
            embedded=part.embedded and twice((part.embedded,))[0],
        )

    return of(scheme)


def noised(
    scheme: Scheme, sigma: Any = "1/10", law: Distribution = STANDARD, per: str = "element", name: str | None = None
) -> Scheme:
    """u' ↦ u' + σ ξ `one`, the constant field 1; each component (x and y of RevNet) has a draw of its own.

    A stage at the next value sees it with its noise, so that implicit Euler becomes drift-implicit Euler–Maruyama.
    σ is as in `multiplied`. noised(euler) is the additive noise of Lu et al. 2018, section 3.
    Raises SchemeError for a name that is taken, and where the scheme has no start.
    """
    sigma, declared = constant(scheme, sigma, "sigma", "1/10")
    drawn: dict[str, Parameter] = {}
    for part in components(scheme):
        label = fresh(scheme, None if drawn else name, name or "xi", [p.name for p in drawn.values()])
        drawn[part] = Parameter(label, "random", law, per)
    sizes = {part: sigma * symbol(p.name) for part, p in drawn.items()}
    return with_noise(scheme, sizes, also(scheme, (*drawn.values(), *declared), sizes.values()))


def identified(scheme: Scheme, multiples: Mapping[str, tuple[str, Any]]) -> Scheme:
    """Fields read as multiples of others, {"g": ("f", "sigma")} for g = σ f; stages of equal value become one.

    A multiple that names what is not declared makes it a chosen parameter without a value. Where g is noise of size √h
    take the `diffusive` table: a field alone tells the size of its slopes, and g is gone.
    Raises SchemeError for a field that the scheme has not.
    """
    check_fields(scheme, multiples)
    read = {field: (other, coefficient(c)) for field, (other, c) in multiples.items()}
    named = also(scheme, (), [c for _, c in read.values()])

    def of(part: Scheme) -> Scheme:
        pairs = [read.get(field, (field, Fraction(1))) for field in part.fields]
        made = by_stage(part, [c for _, c in pairs], named)
        start = (low := beginning(part)) and of(low)
        return merged(
            replace(made, name=f"{part.name}_identified", fields=tuple(field for field, _ in pairs), start=start)
        )

    return of(scheme)


def weighted(
    scheme: Scheme, factor: Any, *parameters: Parameter, fields: Fields = None, suffix: str = "weighted"
) -> Scheme:
    """Every slope F ↦ c F, also in the first steps: the columns of A and B times a coefficient that may be random.

    parameters  those of c; what is declared nowhere is a chosen one without a value
    Raises SchemeError for a name that is taken and a field that the scheme has not.
    """
    check_fields(scheme, fields or ())
    for p in parameters:
        fresh(scheme, p.name, p.name)
    c = coefficient(factor)
    named = also(scheme, parameters, [c])

    def of(part: Scheme) -> Scheme:
        factors = [c if fields is None or field in fields else Fraction(1) for field in part.fields]
        made = by_stage(part, factors, named)
        return replace(made, name=f"{part.name}_{suffix}", start=(low := beginning(part)) and of(low))

    return of(scheme)


# ---- parts ---------------------------------------------------------------------------------------------------------


def by_stage(scheme: Scheme, factors: Sequence[Any], parameters: Sequence[Parameter]) -> Scheme:
    """The columns of A and B times a factor each."""
    size = max((abs(c) for c in factors if isinstance(c, Fraction)), default=Fraction(1))

    def times(row: Row) -> Row:
        return tuple(x * c for x, c in zip(row, factors, strict=True))

    return replace(
        scheme,
        A=tuple(map(times, scheme.A)),
        B=tuple(map(times, scheme.B)),
        parameters=declaring((*scheme.parameters, *parameters), factors),
        embedded=scheme.embedded and times(scheme.embedded),
        tolerance=scheme.tolerance * max(size, Fraction(1)),
    )


def with_noise(scheme: Scheme, sizes: Mapping[str, Any], parameters: Sequence[Parameter]) -> Scheme:
    """A stage of `one` for each component, and its size in the next value and in the stages that are at that value.

    The new stages stand before those, at the end where there are none.
    """
    letters = [letter(state) for state in scheme.states]
    places = {letters.index(part): size for part, size in sizes.items() if part in letters}
    nexts = {(scheme.B[i], scheme.V[i]): k for k, i in enumerate(places)}
    stages = list(zip(scheme.A, scheme.U, strict=True))
    first = min((i for i, stage in enumerate(stages) if stage in nexts), default=scheme.stages)

    def inserted(old: Sequence[Any], new: Sequence[Any]) -> tuple[Any, ...]:
        return (*old[:first], *new, *old[first:])

    def noisy(row: Row, at: int | None) -> Row:
        return inserted(row, [size if k == at else Fraction(0) for k, size in enumerate(places.values())])

    return replace(
        scheme,
        name=f"{scheme.name}_noised",
        A=inserted(
            [noisy(a, nexts.get((a, u))) for a, u in stages], [noisy((Fraction(0),) * len(stages), None)] * len(places)
        ),
        U=inserted(scheme.U, [unit(scheme.states, scheme.states[i]) for i in places]),
        B=tuple(noisy(b, list(places).index(i) if i in places else None) for i, b in enumerate(scheme.B)),
        fields=inserted(scheme.fields, ["one"] * len(places)),
        parameters=declaring((*scheme.parameters, *parameters), places.values()),
        start=(low := beginning(scheme)) and with_noise(low, sizes, parameters),
        embedded=scheme.embedded and noisy(scheme.embedded, 0),
    )


def beginning(scheme: Scheme) -> Scheme | None:
    """What makes the first steps; None where the scheme itself does."""
    return scheme.start or (euler(scheme) if scheme.history else None)


def also(scheme: Scheme, parameters: Sequence[Parameter], entries: Iterable[Any]) -> tuple[Parameter, ...]:
    """New parameters and those of the scheme that they, or entries, name: what the first steps declare too."""
    named = {s for p in parameters for s in p.symbols} | names_in(entries)
    return (*parameters, *(p for p in scheme.parameters if p.name in named))


def constant(scheme: Scheme, x: Any, name: str, usual: str) -> tuple[Any, tuple[Parameter, ...]]:
    """(x, what it declares): a number declares nothing, a name a chosen parameter unless the scheme has it."""
    if x is None or isinstance(x, Parameter):
        label = fresh(scheme, None, name)
        declared = Parameter(label, "chosen", usual, "table") if x is None else replace(x, name=label)
        return symbol(label), (declared,)
    value = parameter_value(x)
    loose = names_in([value]) - {p.name for p in scheme.parameters}
    return value, tuple(Parameter(label, "chosen", usual, "table") for label in sorted(loose))


def fresh(scheme: Scheme, name: str | None, usual: str, taken: Collection[str] = ()) -> str:
    """A name for a parameter: the one given, or the first of eta, eta_2, … Raises SchemeError where it is taken."""
    known = {p.name for part in (scheme, beginning(scheme)) if part for p in part.parameters} | set(taken)
    free = next(x for x in numbered(usual) if x not in known)
    if name in known:
        raise SchemeError(
            f"{scheme.name} has a parameter {name} already, give the new one another name, such as {free}"
        )
    return name or free
