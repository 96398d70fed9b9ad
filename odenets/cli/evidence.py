"""The command that writes the page of evidence: evidence."""

from __future__ import annotations

from pathlib import Path

from odenets.cli.common import print_json, print_text


def evidence(
    *,
    results: Path = Path("benchmarks/results/evidence"),
    page: Path = Path("docs/evidence.md"),
    images: Path = Path("docs/images"),
    figures: bool = True,
    json: bool = False,
) -> None:
    """Write the page of evidence and its figures from the result files of studies, and from nothing else.

    What has no result yet is said to be not run yet; the same files give the same page.

    Example: odenets evidence
    Example: odenets evidence --results mine --page mine/evidence.md --images mine --no-figures

    Parameters
    ----------
    results
        The folder of the results, as `odenets study` writes them.
    page
        The file to write.
    images
        The folder of the figures.
    figures
        Draw the figures as well, which takes most of the time.
    json
        Print JSON only.
    """
    from odenets.studies.evidence import write_evidence

    written = write_evidence(results, page, images, figures)
    if json:
        print_json({"files": [str(path) for path in written]})
    else:
        print_text("\n".join(map(str, written)))


COMMANDS = (evidence,)
