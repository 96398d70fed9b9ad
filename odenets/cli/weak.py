"""The command on weak orders: weak."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import assignments, print_json
from odenets.cli.schemes import named
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from analysis.stochastic.standard import MonteCarlo
    from analysis.stochastic.weak_orders import WeakOrder
    from odenets.cli.weak_text import Laws, Slopes
    from schemes import Scheme

HIGHEST = 8
Names = Annotated[tuple[str, ...], Parameter(negative="")]


def weak(
    scheme: str,
    *,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    path: Names = (),
    noise: Names = (),
    constant: Names = (),
    order: Annotated[bool, Parameter(negative="")] = False,
    moments: int = 4,
    monte_carlo: Annotated[bool, Parameter(negative="")] = False,
    figure: Path | None = None,
    json: bool = False,
) -> None:
    """Compute the weak order of a scheme with random coefficients, exact, and see it as slopes of moments' errors.

    Example: odenets weak stochastic_depth --path p=1/2+root_h/4 --figure weak.png

    Parameters
    ----------
    scheme
        A name from `odenets schemes`.
    set_
        Fix a parameter: p=4/5.
    path
        A parameter as a function of the root of the step: p=1/2+root_h/4; p=p leaves it a symbol.
    noise
        A field whose slopes are of size √h; unless said those of mean 0.
    constant
        A field that does not depend on the state: g for additive noise.
    order
        The order alone, without the slopes.
    moments
        The means of u, u², … up to this power, at most 8.
    monte_carlo
        Slopes with confidence intervals on nonlinear fields as well; takes about a minute.
    figure
        Draw the errors into this .png, .svg or .pdf.
    json
        Print JSON only.
    """
    from analysis import plots
    from odenets.cli import pictures, weak_text

    if not 1 <= moments <= HIGHEST:
        raise OdenetsError(f"--moments {moments}: take 1 to {HIGHEST}")
    if order and (figure or monte_carlo):
        raise OdenetsError("--order leaves the slopes out, and --figure and --monte-carlo show them: choose one")
    if figure is not None:
        plots.savable(figure)
    label, found, values = chosen(scheme, set_, path)
    if odd := next((name for name in constant if name not in found.fields), None):
        raise OdenetsError(f"--constant {odd}: {scheme} has no field {odd!r}, its fields are {', '.join(found.fields)}")
    options: dict[str, Any] = {"noise": noise or None}
    still = (*constant, "one")
    about = attempted(found, {**options, "constant": still, **values})
    laws = conditions(found, values)
    slopes = [] if order else measured(found, still, moments, {**options, **values})
    drawn = estimated(found, moments, still, noise, values) if monte_carlo else None
    pictures.draw([(figure, lambda _: weak_text.picture(label, slopes, drawn))], {})
    if json:
        print_json(weak_text.facts(label, about, laws, slopes, drawn))
    else:
        weak_text.print_found(label, about, laws, slopes, drawn)


def chosen(scheme: str, pairs: Sequence[str], path: Sequence[str]) -> tuple[str, Scheme, dict[str, str]]:
    """A label, the scheme with the parameters of the path left free, and these."""
    from odenets.values import parse
    from schemes import get
    from schemes.registry import entry

    given, values = dict(assignments(pairs)), dict(assignments(path, "--path"))
    if both := sorted(set(given) & set(values)):
        raise OdenetsError(f"--set and --path both give {both[0]}, keep one")
    label, found = named(scheme, pairs)
    constants = {name: p for name, p in entry(scheme).declared.items() if p.kind == "chosen"}
    if odd := sorted(set(values) - set(constants)):
        has = f"its constants are {', '.join(constants)}" if constants else "it has no constant"
        raise OdenetsError(f"--path {odd[0]}={values[odd[0]]}: {scheme} has no constant {odd[0]}, {has}")
    if values:
        free = {name: constants[name] for name in values}
        found = get(scheme, **{name: parse(name, x) for name, x in given.items()}, **free)
    shown = values | {name: str(p.value) for name, p in constants.items() if name not in given | values}
    return ", ".join([label, *(f"{name} = {x}" for name, x in shown.items())]), found, values


def attempted(scheme: Scheme, options: dict[str, Any]) -> WeakOrder | str:
    """The order, or the sentence that says why trees do not give it."""
    from analysis import AnalysisError
    from analysis.stochastic.weak_orders import weak_order

    try:
        return weak_order(scheme, **options)
    except AnalysisError as error:
        if len(scheme.states) == 1:
            raise
        return str(error)


def conditions(scheme: Scheme, values: dict[str, str]) -> Laws:
    """The conditions of orders 1 and 2 by random coefficient, on the path, or why a law does not have them."""
    from analysis import AnalysisError
    from analysis.stochastic.expanding import follow
    from analysis.stochastic.weak_laws import weak_conditions
    from schemes.diffusion import declared

    found = follow(declared(scheme), values)
    laws = {p.name: p.value.at(found) for p in scheme.parameters if p.kind == "random"}
    told: Laws = {name: [] for name in laws}
    for name, law in laws.items():
        for order in (1, 2):
            try:
                told[name].append(weak_conditions(law, order))
            except AnalysisError as error:
                told[name].append(f"no conditions of order {order}: {error}")
    return told


def measured(scheme: Scheme, constant: Sequence[str], moments: int, options: dict[str, Any]) -> Slopes:
    """The slopes on the problems that close, or why there are none."""
    from analysis import AnalysisError
    from analysis.stochastic.end_moments import moment_slopes
    from analysis.stochastic.standard_problems import closed_problems

    found: Slopes = []
    for problem in closed_problems(scheme, constant):
        about = {"powers": range(1, moments + 1), "component": problem.component, **options}
        try:
            found.append((problem, moment_slopes(scheme, problem.fields, **about)))
        except AnalysisError as error:
            found.append((problem, str(error)))
    return found


def estimated(
    scheme: Scheme, moments: int, constant: Sequence[str], noise: Sequence[str], path: dict[str, str]
) -> MonteCarlo:
    """Slopes with intervals on nonlinear fields, whose moments do not close."""
    from analysis.stochastic.standard import monte_carlo

    return monte_carlo(scheme, moments=moments, constant=constant, noise=noise or None, path=path)


COMMANDS: Sequence[Any] = (weak,)
