"""The functions and classes of this package that a file needs, as their own source, with what they need in turn."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from odenets.errors import OdenetsError

OURS = ("odenets", "schemes")
ERROR = OdenetsError.__name__  # a file alone raises ValueError


class Definitions:
    """Texts by name in the order in which they need each other, and import lines."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.texts: dict[str, str] = {}
        self.homes: dict[str, str] = {}

    def need(self, thing: Any) -> None:
        """Add a function or class of a module of ours by its name there."""
        self.add(sys.modules[thing.__module__], thing.__name__)

    def method(self, function: Callable[..., Any]) -> str:
        """The source of a method, whose needs are added."""
        text = textwrap.dedent(inspect.getsource(function))
        self.follow(sys.modules[function.__module__], text)
        return portable(text)

    def follow(self, module: ModuleType, text: str) -> None:
        """Add all names of a module that a text reads."""
        for name in free_names(text):
            if name in top_level(module):
                self.add(module, name)

    def add(self, module: ModuleType, name: str) -> None:
        node = top_level(module)[name]
        if isinstance(node, ast.Import | ast.ImportFrom):
            home = getattr(node, "module", None)
            if home and home.split(".")[0] in OURS:
                if name != ERROR:
                    self.add(sys.modules[home], name)
            else:
                self.imports[imported(node, name)] = None
            return
        if self.homes.setdefault(name, module.__name__) != module.__name__:
            raise OdenetsError(f"{module.__name__} and {self.homes[name]} both have a {name}: rename one to emit both")
        if name not in self.texts:
            text = segment(module, node)
            if isinstance(node, ast.ClassDef):
                text = without_unread(text)
            self.texts[name] = ""  # those that need each other
            self.follow(module, text)
            del self.texts[name]  # behind what it needs
            self.texts[name] = portable(text)


@cache
def top_level(module: ModuleType) -> dict[str, ast.stmt]:
    """The statement that binds each name of a module."""
    found: dict[str, ast.stmt] = {}
    statements = list(ast.parse(inspect.getsource(module)).body)
    for node in statements:
        match node:
            case ast.If():
                statements += node.body
            case ast.Import() | ast.ImportFrom():
                found |= {alias.asname or alias.name: node for alias in node.names}
            case ast.FunctionDef() | ast.ClassDef():
                found[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
    return found


def imported(node: ast.Import | ast.ImportFrom, name: str) -> str:
    """The line that imports this one name."""
    alias = next(a for a in node.names if name in (a.asname, a.name))
    said = alias.name + (f" as {alias.asname}" if alias.asname else "")
    return f"from {node.module} import {said}" if isinstance(node, ast.ImportFrom) else f"import {said}"


def segment(module: ModuleType, node: ast.stmt) -> str:
    lines = inspect.getsource(module).splitlines(keepends=True)
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return "".join(lines[first - 1 : node.end_lineno])


def without_unread(text: str) -> str:
    """A class without the attributes that none of its methods reads."""
    lines = text.splitlines(keepends=True)
    (node,) = ast.parse(text).body
    for part in getattr(node, "body", []):
        if isinstance(part, ast.Assign) and not any(f".{ast.unparse(name)}" in text for name in part.targets):
            lines[part.lineno - 1 : part.end_lineno] = [""] * ((part.end_lineno or 0) - part.lineno + 1)
    return "".join(lines)


def free_names(text: str) -> list[str]:
    """The names that a text reads and does not bind, annotations among them."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    read = (node.id for node in names if isinstance(node.ctx, ast.Load))
    return [name for name in dict.fromkeys(read) if name not in bound and not hasattr(builtins, name)]


def portable(text: str) -> str:
    """Source with the errors of Python itself."""
    return re.sub(rf"\b{ERROR}\b", "ValueError", text)


def portable_doc(kind: type) -> str:
    """The docstring of a class without what its constructor raises, which the class alone does not."""
    return re.sub(rf"\s*Raises {ERROR}[^.]*\.", "", inspect.cleandoc(kind.__doc__ or ""))
