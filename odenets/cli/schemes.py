"""Commands on schemes: schemes, show, compare, certify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from odenets.cli.common import assignments, print_json, print_table, print_text
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from schemes import Scheme


def schemes(
    *,
    kind: str | None = None,
    order: int | None = None,
    min_order: int | None = None,
    stages: int | None = None,
    max_stages: int | None = None,
    explicit: bool | None = None,
    learned: bool | None = None,
    stochastic: bool | None = None,
    embedded: bool | None = None,
    stage_order: int | None = None,
    real_interval: float | None = None,
    imaginary_interval: float | None = None,
    a_alpha: float | None = None,
    a_stable: bool | None = None,
    l_stable: bool | None = None,
    ssp_coefficient: float | None = None,
    symplectic: bool | None = None,
    symmetric: bool | None = None,
    invertible: bool | None = None,
    max_registers: int | None = None,
    max_evaluations: int | None = None,
    sort: str | None = None,
    limit: int | None = None,
    json: bool = False,
) -> None:
    """List the schemes, or those with the given facts; bounds are the least that is wanted unless they say max.

    Example: odenets schemes --order 4 --explicit --max-stages 6 --real-interval 5 --sort error-constant

    Parameters
    ----------
    kind
        runge_kutta, multistep, partitioned, operator or general_linear.
    order
        Order of consistency; of a stochastic scheme, that of its mean.
    min_order
        At least this order.
    stages
        Evaluations of a field in a step.
    max_stages
        At most so many.
    explicit
        Whether each stage needs only earlier ones.
    learned
        Whether it has learned coefficients.
    stochastic
        Whether it has random coefficients.
    embedded
        Whether it has embedded weights, to estimate its error.
    stage_order
        Order of its stages.
    real_interval
        Stable on [-x, 0] of hλ.
    imaginary_interval
        Stable on [-y, y] i of hλ.
    a_alpha
        A(α)-stable with at least this α, in degrees.
    a_stable
        Whether it is A-stable.
    l_stable
        Whether it is L-stable.
    ssp_coefficient
        Strong-stability-preserving to this multiple of Euler's step.
    symplectic
        Whether it conserves every quadratic invariant (symplectic forms), to all orders.
    symmetric
        Whether it is its own adjoint, to all orders.
    invertible
        Whether the step before is found from the states after it, explicitly.
    max_registers
        At most so many vectors to keep.
    max_evaluations
        At most so many evaluations a step, or stages to solve for; what the step before has computed is free.
    sort
        A fact to sort by, best first: principal-error-norm, real-interval, stages …; --sort=-stages is worst first.
        The error constant is that of u' = λu alone.
    limit
        At most so many.
    json
        Print JSON only.
    """
    given = {k: v for k, v in locals().items() if k not in ("sort", "limit", "json") and v is not None}
    from analysis.finding import search
    from analysis.summary import as_plain

    if limit is not None and limit < 1:
        raise OdenetsError(f"--limit {limit}: it must be at least 1")
    turned = sort and sort[0] + sort[1:].replace("-", "_")
    found = search(turned, **given)[:limit]
    if json:
        keys = ("kind", "stages", "history", "explicit", "exact", "source")
        print_json([{"name": f.entry.name, "summary": f.entry.summary, "order": f.entry.order, **as_plain(f.facts),
                     **{k: getattr(f.scheme, k) for k in keys}, "learned": f.scheme.role("learned"),
                     "random": f.scheme.role("random"), "origin": f.entry.origin} for f in found])  # fmt: skip
        return
    if not found:
        raise OdenetsError("no scheme meets all of these: drop one, or design one by schemes.design.runge_kutta")
    shown = ("kind", "order", "stages")
    asked = [fact for fact, value in found[0].facts.items() if fact not in shown and not isinstance(value, bool)]
    rows = [
        [f.entry.name, f.scheme.kind, f.entry.order or "–", f.scheme.stages, *(told(x, f.facts[x]) for x in asked),
         f.entry.summary + "".join(f" {p.name}: {p.kind}." for p in f.scheme.parameters)]
        for f in found
    ]  # fmt: skip
    header = ["name", "kind", "order", "stages", *(fact.replace("_", " ") for fact in asked), "summary"]
    print_table("", header, rows, numbers=(2, 3))


def told(name: str, value: object) -> str:
    """A fact as a cell of the list: as certificates write it, or as it is."""
    from dataclasses import fields

    from analysis import Certificate
    from analysis.certificates import cell

    about = next((f.metadata["fact"] for f in fields(Certificate) if f.name == name), None)
    return cell(about, value) if about else str(value)


def show(
    scheme: str,
    *,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    order: int = 3,
    latex: bool = False,
    html: bool = False,
    json: bool = False,
    plot: Path | None = None,
    star: Path | None = None,
    roots: Path | None = None,
    wiring: Path | None = None,
) -> None:
    """Show all that is known of a scheme: formula, tableau, certificate, modified equation, source.

    Example: odenets show lm2 --set k=-1/2 --plot lm2.png

    Parameters
    ----------
    scheme
        A name from `odenets schemes`.
    set_
        Fix a parameter: k=-1/2, columns=3.
    order
        Trees up to this order in the modified equation.
    latex
        Print formula, tableau and modified equation as LaTeX.
    html
        Print the tableau as HTML.
    json
        Print JSON only.
    plot
        Draw the stability region into this .png, .svg or .pdf.
    star
        Draw the order star into this file.
    roots
        Draw the characteristic roots in the unit circle into this file.
    wiring
        Draw the wiring diagram into this file.
    """
    from analysis import describe, describe_latex, facts
    from odenets.cli import pictures
    from schemes import tableau_html
    from schemes.registry import entry

    if latex + html + json > 1:
        raise OdenetsError("--latex, --html and --json are different formats, choose one")
    if not 1 <= order <= 8:
        raise OdenetsError(f"--order {order}: a modified equation is shown from order 1 to 8")
    label, found = named(scheme, set_)
    files = ((plot, pictures.region), (star, pictures.star), (roots, pictures.roots), (wiring, pictures.diagram))
    pictures.draw(files, {label: found})
    if json:
        print_json(facts(found, order))
    elif html:
        print_text(tableau_html(found))
    elif latex:
        print_text(describe_latex(found, order))
    else:
        print_text(f"{scheme}: {entry(scheme).summary}\n\n{describe(found, order)}")


def compare(
    *names: str,
    json: bool = False,
    plot: Path | None = None,
    star: Path | None = None,
    roots: Path | None = None,
    errors: Path | None = None,
    waves: Path | None = None,
) -> None:
    """Compare the certificates of schemes, one column each; pictures are overlaid.

    Example: odenets compare ssprk33 kutta3 lm2:k=-1/2 --plot regions.png

    Parameters
    ----------
    names
        Names from `odenets schemes`; a parameter is fixed behind a colon: lm2:k=-1/2, bdf:steps=4.
    json
        Print JSON only.
    plot
        Draw the stability regions into this .png, .svg or .pdf.
    star
        Draw the order stars into this file.
    roots
        Draw the characteristic roots in the unit circle into this file.
    errors
        Draw the principal errors at equal work into this file.
    waves
        Draw damping and speed of waves on the advection and the heat equation into this file.
    """
    from analysis import facts
    from analysis.remembered import recalled
    from analysis.tables import columns
    from odenets.cli import pictures

    if not names:
        raise OdenetsError("compare needs the names of schemes, `odenets schemes` lists them")
    found = dict(
        named(name, pairs.split(",") if pairs else [], f"{name}:")
        for name, _, pairs in (n.partition(":") for n in names)
    )
    if len(found) < len(names):
        raise OdenetsError("compare is given a scheme twice, name each once")
    files = (
        (plot, pictures.region), (star, pictures.star), (roots, pictures.roots), (errors, pictures.errors),
        (waves, pictures.waves),
    )  # fmt: skip
    pictures.draw(files, found)
    if json:
        print_json({label: facts(scheme) for label, scheme in found.items()})
        return
    header, *rows = columns([replace(scheme, name=label) for label, scheme in found.items()], recalled)
    print_table("", header, rows)


def certify(*, markdown: bool = False, json: bool = False) -> None:
    """Certify the whole registry: compute every claim that its entries make. Status 1 if one is refuted.

    Example: odenets certify

    Parameters
    ----------
    markdown
        Print the certificates of all entries as the page docs/certificates.md.
    json
        Print JSON only.
    """
    from analysis import facts
    from analysis.remembered import recalled
    from analysis.tables import claims, registry_page
    from odenets.cli import fail
    from schemes import entries, get

    if markdown and json:
        raise OdenetsError("--markdown and --json are two formats, choose one")
    if markdown:
        print_text(registry_page(recalled).rstrip())
        return
    found = claims(recalled)
    if json:
        print_json({entry.name: facts(get(entry.name)) for entry in entries()})
    else:
        rows = [[c.name, c.fact, c.claimed, c.text, "confirmed" if c.confirmed else "REFUTED"] for c in found]
        print_table("", ["scheme", "fact", "claimed", "computed", ""], rows)
    if refuted := [c for c in found if not c.confirmed]:
        fail(f"{len(refuted)} of {len(found)} claims are refuted, the first is of {refuted[0].name}", 1)


def named(name: str, pairs: Sequence[str], option: str = "--set") -> tuple[str, Scheme]:
    """A label and the scheme of a name, its parameters fixed by "k=-1/2"."""
    from odenets.values import parse
    from schemes import get
    from schemes.registry import entry

    given = assignments(pairs, option)
    if odd := [k for k, v in given.items() if ":" in v]:
        raise OdenetsError(
            f"{option} {odd[0]}={given[odd[0]]} varies over a network's depth: a scheme takes one number"
        )
    values = {k: parse(k, v) for k, v in given.items()}
    taken = entry(name)
    own = {k: v for k, v in values.items() if k in taken.declared or k in taken.structure}
    found = get(name, **own)
    later = {k: v for k, v in values.items() if k not in own}  # full_history makes its k1, k2, … itself
    found = found.at(**later) if set(later) <= {p.name for p in found.parameters} else get(name, **values)
    return ", ".join([name, *(f"{k} = {v}" for k, v in given.items())]), found


COMMANDS = (schemes, show, compare, certify)
