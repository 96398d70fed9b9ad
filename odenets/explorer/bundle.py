"""One script of the page's ES modules: each module becomes a function scope, imports become destructuring.

Modules keep to three forms, so that lines suffice to read them:

    import { a, b } from "./x.js";      export function|const|class NAME      no cycle, no top-level await
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from odenets.errors import OdenetsError

FIRST = "main.js"
NAME = r"[A-Za-z_$][\w$]*"
IMPORT = re.compile(
    rf'import \{{\s*({NAME}(?:,\s*{NAME})*),?\s*\}} from "\./([a-z][a-z0-9_]*\.js)";[^\S\n]*(?://.*)?$', re.M
)
EXPORT = re.compile(rf"export (?=(?:(?:async )?function\*?|const|class) ({NAME})\b)", re.M)
BEGINS = re.compile(r"^(import|export)\b(?!\s*[.:=])", re.M)
DYNAMIC = re.compile(r"\bimport\s*\(|\bimport\.meta\b")
SAID = re.compile(r"//.*|\"[^\"]*\"|`[^`]*`")  # what a line says and does not do


def bundle(folder: Path) -> str:
    """The script of folder/main.js and what it imports; made again when a file has changed.

    Raises OdenetsError, by file and line, for what is outside of the rules.
    """
    return bundled(folder, tuple(sorted((file.name, file.stat().st_mtime_ns) for file in folder.glob("*.js"))))


@lru_cache(4)
def bundled(folder: Path, stamps: tuple[tuple[str, int], ...]) -> str:
    return joined({name: (folder / name).read_text(encoding="utf-8") for name, _ in stamps})


def joined(sources: Mapping[str, str]) -> str:
    """The script of {file name: source}, beginning at main.js."""
    if FIRST not in sources:
        raise OdenetsError(f"there is no {FIRST}: the script begins there")
    done: dict[str, tuple[str, set[str]]] = {}
    add(FIRST, sources, done, ())
    return '(() => {\n"use strict";\n' + "".join(text for text, _ in done.values()) + "})();\n"


def add(name: str, sources: Mapping[str, str], done: dict[str, tuple[str, set[str]]], above: tuple[str, ...]) -> None:
    """Put a module into `done` after all that it imports: {file name: (its scope, what it exports)}."""
    if name in done:
        return
    source = sources[name].replace("\r\n", "\n")
    check_rules(name, source)
    for match in IMPORT.finditer(source):
        other = match[2]
        if other not in sources:
            raise wrong(name, source, match.start(), f"there is no {other}")
        if other in (*above, name):
            raise wrong(name, source, match.start(), f"{' → '.join((*above, name, other))} is a cycle")
        add(other, sources, done, (*above, name))
        if missing := [x for x in names(match[1]) if x not in done[other][1]]:
            raise wrong(name, source, match.start(), f"{other} exports no {missing[0]}")
    exported = [match[1] for match in EXPORT.finditer(source)]
    body = IMPORT.sub(lambda match: f"const {{ {', '.join(names(match[1]))} }} = {scope(match[2])};", source)
    body = EXPORT.sub("", body)
    text = f"// {name}\nconst {scope(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"
    done[name] = text, set(exported)


def check_rules(name: str, source: str) -> None:
    """Raises OdenetsError for an import or export of another form."""
    good = {match.start() for form in (IMPORT, EXPORT) for match in form.finditer(source)}
    for match in BEGINS.finditer(source):
        if match.start(1) not in good:
            form = 'import { a } from "./x.js";' if match[1] == "import" else "export function|const|class NAME"
            raise wrong(name, source, match.start(1), f"write it as: {form}")
    start = 0
    for line in source.splitlines(keepends=True):
        code = SAID.sub("", line)
        if DYNAMIC.search(code):
            raise wrong(name, source, start, "modules are imported by name at their top")
        if re.match(r"(?!.*\basync\b)(?=\S).*\bawait\b", code):
            raise wrong(name, source, start, "a module does not await at its top")
        start += len(line)


def names(text: str) -> list[str]:
    return re.findall(NAME, text)


def scope(name: str) -> str:
    return f"$${name.removesuffix('.js')}"


def wrong(name: str, source: str, start: int, rule: str) -> OdenetsError:
    return OdenetsError(f"{name}, line {source.count(chr(10), 0, start) + 1}: {rule}")
