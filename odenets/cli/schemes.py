"""Commands on schemes: show, compare, certify."""

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
        summary = entry(scheme).summary
        print_text(f"{scheme}{': ' if summary else ''}{summary}\n\n{describe(found, order)}")


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


COMMANDS = (show, compare, certify)
