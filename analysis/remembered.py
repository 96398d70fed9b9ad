"""Certificates that are kept on disk: a fact is computed once for a table and a version of the theory.

A file a scheme, in $ODENETS_CACHE or else the platform's cache folder. Its name is a hash of the scheme, and it carries
a hash of the sources that compute, so nothing in it is stale. What cannot be read or written is computed again.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.certificates import Certificate, answer
from schemes import RationalFunction, Scheme

QUESTIONS = {f.name: f.metadata["fact"].ask for f in fields(Certificate) if "fact" in f.metadata}


def recalled(scheme: Scheme) -> Certificate:
    """The certificate of a scheme, as `certificate` computes it, from the cache as far as it is there."""
    return Certificate(name=scheme.name, **recall(scheme))


def recall(scheme: Scheme, facts: Iterable[str] | None = None) -> dict[str, Any]:
    """{fact: answer} of some facts of the certificate, all unless said; what the cache lacks is computed and kept."""
    asked = list(QUESTIONS if facts is None else facts)
    path = place(scheme)
    kept = read(path)
    found = {name: value for name in asked if (value := decoded(kept.get(name))) is not MISSING}
    missing = [name for name in asked if name not in found]
    found |= {name: answer(QUESTIONS[name], scheme) for name in missing}
    if missing:
        write(path, kept | {name: code for name in missing if (code := encoded(found[name])) is not MISSING})
    return {name: found[name] for name in asked}


# ---- files ---------------------------------------------------------------------------------------------------------


def place(scheme: Scheme) -> Path | None:
    """The file of a scheme; None for a table that has no encoding, such as one of tensors."""
    code = encoded(scheme)
    return None if code is MISSING else folder() / f"{sha256(json.dumps(code).encode()).hexdigest()}.json"


def folder() -> Path:
    """$ODENETS_CACHE, or the folder `odenets` where the platform keeps what can be made again."""
    if chosen := os.environ.get("ODENETS_CACHE"):
        return Path(chosen)
    homes = {"darwin": "~/Library/Caches", "win32": os.environ.get("LOCALAPPDATA", "~/AppData/Local")}
    usual = os.environ.get("XDG_CACHE_HOME") or homes.get(sys.platform, "~/.cache")
    return Path(os.path.expanduser(usual)) / "odenets"


@cache
def theory() -> str:
    """A hash of what computes: the sources of `analysis` and `schemes`, Python and the libraries."""
    home = Path(__file__).parent
    files = sorted([*home.glob("*.py"), *(home.parent / "schemes").glob("*.py")])
    known = [sys.version, *(version(name) for name in ("sympy", "mpmath", "numpy", "python-flint"))]
    return sha256("\0".join([*known, *(file.read_text(encoding="utf-8") for file in files)]).encode()).hexdigest()


def read(path: Path | None) -> dict[str, Any]:
    """The facts of a file, still encoded; none if it is missing, broken or of another theory."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8")) if path else {}
        facts = kept["facts"] if kept.get("theory") == theory() else {}
    except (OSError, ValueError, AttributeError, KeyError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def write(path: Path | None, facts: dict[str, Any]) -> None:
    """A file that is whole at every moment; a folder that cannot be written is left as it is."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"theory": theory(), "facts": facts}, file)
        os.replace(name, path)
    except OSError:
        return


# ---- values --------------------------------------------------------------------------------------------------------

MISSING = object()


def encoded(x: Any) -> Any:
    """A value as JSON, or MISSING where it has none."""
    try:
        return encode(x)
    except TypeError:
        return MISSING


def decoded(code: Any) -> Any:
    """The value, or MISSING for no code or a broken one."""
    try:
        return MISSING if code is None else decode(code)
    except Exception:  # whatever a broken file may make of constructors
        return MISSING


def encode(x: Any) -> Any:
    """[kind, …]: exact, whole numbers in hexadecimal, which knows no limit of length. Raises TypeError."""
    if type(x) in ENCODERS:
        return [type(x).__name__, *ENCODERS[type(x)](x)]
    if isinstance(x, float):
        return ["float", float(x).hex()]
    home = type(x).__module__
    if is_dataclass(x) and home.partition(".")[0] in PACKAGES:
        return [f"{home}:{type(x).__qualname__}", *(encode(getattr(x, f.name)) for f in fields(x))]
    if home.startswith("sympy."):
        return encode_symbolic(x)
    raise TypeError(f"{type(x).__name__} has no encoding")


def decode(code: Any) -> Any:
    kind, *parts = code
    if kind in DECODERS:
        return DECODERS[kind](*parts)
    module, _, name = kind.partition(":")
    made: Any = getattr(import_module(module), name) if module.partition(".")[0] in PACKAGES else None
    names = [f.name for f in fields(made)]  # TypeError for what is no record of ours
    return made(**dict(zip(names, map(decode, parts), strict=True)))


def encode_symbolic(x: Any) -> Any:
    """A real algebraic number of sympy: sums, products and powers of rational numbers and roots of polynomials."""
    if x.is_Rational:
        return ["Rational", hex(x.p), hex(x.q)]
    if x.func.__name__ == "ComplexRootOf":
        return ["root", x.index, *(hex(int(c)) for c in x.poly.all_coeffs())]
    if x.func.__name__ not in ("Add", "Mul", "Pow"):
        raise TypeError(f"{x.func} has no encoding")
    return ["sympy", x.func.__name__, *map(encode_symbolic, x.args)]


def symbolic(name: str, *parts: Any) -> Any:
    import sympy

    return {"Add": sympy.Add, "Mul": sympy.Mul, "Pow": sympy.Pow}[name](*map(decode, parts))


def rational(p: str, q: str) -> Any:
    from sympy import Rational

    return Rational(int(p, 16), int(q, 16))


def root(index: int, *coefficients: str) -> Any:
    from sympy import Poly, Symbol, rootof

    return rootof(Poly([int(c, 16) for c in coefficients], Symbol("x")), index, radicals=False)


def pairs(x: Any) -> list[Any]:
    return [[encode(k), encode(v)] for k, v in x.items()]


def mapping(*parts: Any) -> dict[Any, Any]:
    return {decode(k): decode(v) for k, v in parts}


PACKAGES = ("analysis", "schemes")
ENCODERS: dict[type, Callable[[Any], list[Any]]] = {
    type(None): lambda x: [],
    bool: lambda x: [x],
    str: lambda x: [x],
    int: lambda x: [hex(x)],
    complex: lambda x: [x.real.hex(), x.imag.hex()],
    Fraction: lambda x: [hex(x.numerator), hex(x.denominator)],
    tuple: lambda x: [*map(encode, x)],
    list: lambda x: [*map(encode, x)],
    dict: pairs,
    RationalFunction: lambda x: [encode(dict(x.num)), encode(dict(x.den))],
}
DECODERS: dict[str, Callable[..., Any]] = {
    "NoneType": lambda: None,
    "bool": bool,
    "str": str,
    "int": lambda x: int(x, 16),
    "float": float.fromhex,
    "complex": lambda x, y: complex(float.fromhex(x), float.fromhex(y)),
    "Fraction": lambda p, q: Fraction(int(p, 16), int(q, 16)),
    "tuple": lambda *x: tuple(map(decode, x)),
    "list": lambda *x: [*map(decode, x)],
    "dict": mapping,
    "RationalFunction": lambda p, q: RationalFunction(decode(p), decode(q)),
    "Rational": rational,
    "root": root,
    "sympy": symbolic,
}
