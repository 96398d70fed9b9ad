"""The page as one HTML file with what it showed inside: it opens from a disk and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odenets.errors import OdenetsError
from odenets.explorer.bundle import bundle

ANSWERS = 300
STYLE = re.compile(r'<link\b[^>]*href="/?style\.css"[^>]*>')
SCRIPT = re.compile(r'<script\b[^>]*src="/?script\.js"[^>]*>\s*</script>')
CHARSET = re.compile(r"<meta charset=[^>]*>", re.I)
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def snapshot(body: Any, static: Path) -> str:
    """The HTML of {"state": …, "answers": {key: answer}} as the page posts it.

    Raises OdenetsError for a body of another shape.
    """
    state, answers = parts(body)
    font = base64.b64encode((static / "math.woff2").read_bytes()).decode()
    style = (static / "style.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    style = style.replace("/math.woff2", f"data:font/woff2;base64,{font}")
    script = bundle(static / "js").replace("</script", "<\\/script").replace("<!--", "<\\!--")
    if "</style" in style:
        raise OdenetsError("style.css holds </style, which would end it")
    policy = (
        f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(style)}'; img-src data: blob:; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )
    inside = (
        f'<script type="application/json" id="snapshot-state">{escaped(state)}</script>\n'
        f'<script type="application/json" id="snapshot-answers">{escaped(answers)}</script>\n'
        f"<script>{script}</script>\n"
    )
    page = (static / "index.html").read_text(encoding="utf-8")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    page = put(CHARSET, page, lambda found: f"{found}\n{meta}")
    page = put(STYLE, page, lambda _: f"<style>{style}</style>")
    page = put(SCRIPT, page, lambda _: "")
    head, end, tail = page.rpartition("</body>")
    if not end:
        raise OdenetsError("index.html has no </body>")
    return f"{head}{inside}{end}{tail}"


def parts(body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(body, dict) or set(body) != {"state", "answers"}:
        raise OdenetsError('a snapshot is made of {"state": …, "answers": …}')
    for key in ("state", "answers"):
        if not isinstance(body[key], dict):
            raise OdenetsError(f"{key} of a snapshot is an object, here it is a {type(body[key]).__name__}")
    if len(body["answers"]) > ANSWERS:
        raise OdenetsError(f"a snapshot holds at most {ANSWERS} answers: show less before you save one")
    return body["state"], body["answers"]


def escaped(value: Any) -> str:
    """JSON that ends no element, begins no comment, and is one line of JavaScript too."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return "".join(ESCAPES.get(x, x) for x in text)


def digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def put(pattern: re.Pattern[str], page: str, made: Callable[[str], str]) -> str:
    """The page with the one match replaced. Raises OdenetsError where there is none, or several."""
    found, count = pattern.subn(lambda match: made(match[0]), page)
    if count != 1:
        raise OdenetsError(f"index.html must have exactly one {pattern.pattern}, it has {count}")
    return found
