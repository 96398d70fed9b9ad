"""The command on other libraries: audit."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime

from odenets.cli.common import console, print_json, print_table, print_text
from odenets.errors import OdenetsError

PEERS = ("torchdiffeq", "diffrax")


def audit(
    *,
    library: str | None = None,
    order: int | None = None,
    json: bool = False,
    markdown: bool = False,
) -> None:
    """Measure the order of other libraries' solvers from one of their steps, and compare it with what they claim.

    The exit status is 0 if no claim is refuted, 1 if one is.

    Example: odenets audit --library torchdiffeq

    Parameters
    ----------
    library
        torchdiffeq, diffrax or schemes (our own registry); torchdiffeq and diffrax unless said.
    order
        Try trees up to this order, 1 to 9; one more than claimed unless said.
    json
        Print JSON only.
    markdown
        Print a page of Markdown, with versions and date.
    """
    from odenets import audit as auditing
    from odenets.audit import findings

    if json and markdown:
        raise OdenetsError("--json and --markdown are different formats, choose one")
    wanted = PEERS if library is None else (library,)
    present = [name for name in wanted if library is not None or auditing.installed(name)]
    for name in set(wanted) - set(present):
        console(error=True).print(f"{name} is not installed: pip install 'odenets\\[audit]'", soft_wrap=True)
    found = [finding for name in present for finding in auditing.audit(name, order)]
    versions = auditing.versions(present)
    with_versions = ", ".join(f"{name} {version}" for name, version in versions.items())
    if json:
        print_json({"versions": versions, "findings": [asdict(finding) for finding in found]})
    elif markdown:
        print_text(f"{with_versions}; {datetime.now(UTC):%Y-%m-%d}\n\n{findings.markdown(found)}")
    else:
        print_table(with_versions, findings.HEADER, [f.cells for f in found], numbers=(2, 3, 4, 5, 6, 7))
    if any(finding.verdict == findings.REFUTED for finding in found):
        sys.exit(1)


COMMANDS = (audit,)
