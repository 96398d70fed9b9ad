"""The operations that are linear in the values of a network, by name: how each acts on linear forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from torch import fx

from odenets.identification.values import Several, is_scalar
from schemes import Form

ONE = Fraction(1)
CENTRED = ("randn", "randn_like", "normal")
RANDOM = (*CENTRED, "rand", "rand_like")


def name_of(node: fx.Node) -> str:
    """relu of torch.relu, F.relu, x.relu_ and aten.relu.default: an operation's name without what does it.

    What is no operation may be called as one, self.norm or an input `size`.
    """
    if node.op not in ("call_function", "call_method"):
        return str(node.meta.get("layer", f"{node.op} {node.target}"))
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    return name.partition(".")[0].rstrip("_")


def is_term(x: Any) -> bool:
    return isinstance(x, Form)


def add(reading: Any, node: fx.Node, x: Any, y: Any, *, alpha: Any = ONE, **_: Any) -> Any:
    """x + alpha y of forms; of scalars too."""
    if is_scalar(x) and is_scalar(y):
        return x + alpha * y
    if zero(x) or zero(y):
        return x if zero(y) else times(reading, y, alpha)
    if isinstance(x, Several) and isinstance(y, Several) and len(x.parts) == len(y.parts):
        parts = [add(reading, node, a, b, alpha=alpha) for a, b in zip(x.parts, y.parts, strict=True)]
        return NotImplemented if NotImplemented in parts else Several(tuple(parts), x.axis)
    x, y = (Form({}) if noise(reading, v) else v for v in (reading.form(x), reading.form(y)))
    if not is_term(x) or not is_term(y) or reduced(reading, x) or reduced(reading, y):
        return NotImplemented
    return x + times(reading, y, alpha)


def noise(reading: Any, x: Any, names: Sequence[str] = RANDOM) -> bool:
    """Whether a form has random terms alone, read nowhere else; sums leave them out, and the reading keeps the places.

    A product is random where a factor has mean 0: one of another mean is a mask.
    """
    atoms = [reading.atoms.get(t) for t in x.terms] if is_term(x) else []

    def random(atom: Any) -> bool:
        if atom is None or len(atom.node.users) > 1:
            return False
        name = name_of(atom.node)
        return name in names or (name == "mul" and any(noise(reading, form, CENTRED) for form in atom.reads))

    if not atoms or not all(map(random, atoms)):
        return False
    reading.left_out |= {atom.node.meta["place"]: None for atom in atoms}
    return True


def reduced(reading: Any, x: Form) -> bool:
    """Whether a term is a number for each row, as a mean or a deviation: x - mean(x) is a norm, no step."""
    atoms = [reading.atoms[t].nodes for t in x.terms if t in reading.atoms]
    return any(nodes and name_of(nodes[-1]) in REDUCING for nodes in atoms)


def zero(x: Any) -> bool:
    return is_scalar(x) and x == 0


def times(reading: Any, x: Any, c: Any) -> Any:
    if isinstance(x, Several):
        return Several(tuple(times(reading, part, c) for part in x.parts), x.axis)
    if isinstance(c, Fraction) and c == 1:
        return x
    return x * (reading.number(c) if isinstance(x, Form) else c)


def sub(reading: Any, node: fx.Node, x: Any, y: Any, *, alpha: Any = ONE, **_: Any) -> Any:
    return add(reading, node, x, y, alpha=-alpha)


def rsub(reading: Any, node: fx.Node, x: Any, y: Any, *, alpha: Any = ONE, **_: Any) -> Any:
    return add(reading, node, y, x, alpha=-alpha)


def mul(reading: Any, node: fx.Node, x: Any, y: Any, **_: Any) -> Any:
    if is_scalar(x) and is_scalar(y):
        return x * y
    if is_scalar(x):
        x, y = y, x
    return times(reading, x, y) if is_scalar(y) and isinstance(x, Form | Several) else NotImplemented


def div(reading: Any, node: fx.Node, x: Any, y: Any, *, rounding_mode: Any = None, **_: Any) -> Any:
    if rounding_mode is not None or not is_scalar(y) or y == 0:
        return NotImplemented
    return mul(reading, node, x, 1 / y)


def neg(reading: Any, node: fx.Node, x: Any) -> Any:
    return mul(reading, node, x, -ONE)


def power(reading: Any, node: fx.Node, x: Any, n: Any) -> Any:
    whole = is_scalar(x) and isinstance(n, Fraction) and n.denominator == 1
    return x ** int(n) if whole else NotImplemented


def lerp(reading: Any, node: fx.Node, x: Any, y: Any, weight: Any) -> Any:
    """x + w (y - x)."""
    if not is_scalar(weight) or not is_term(x) or not is_term(y):
        return NotImplemented
    return times(reading, x, 1 - weight) + times(reading, y, weight)


def addcmul(reading: Any, node: fx.Node, x: Any, a: Any, b: Any, *, value: Any = ONE, **_: Any) -> Any:
    product = mul(reading, node, a, b)
    return NotImplemented if product is NotImplemented else add(reading, node, x, product, alpha=value)


def addcdiv(reading: Any, node: fx.Node, x: Any, a: Any, b: Any, *, value: Any = ONE, **_: Any) -> Any:
    quotient = div(reading, node, a, b)
    return NotImplemented if quotient is NotImplemented else add(reading, node, x, quotient, alpha=value)


def zeros(reading: Any, node: fx.Node, *_: Any, **__: Any) -> Any:
    return Form({})


def stack(reading: Any, node: fx.Node, parts: Any, dim: Any = Fraction(0), **_: Any) -> Any:
    found = cat(reading, node, parts, dim)
    return found if found is NotImplemented else Several(found.parts, ("stack", dim))


def cat(reading: Any, node: fx.Node, parts: Any, dim: Any = Fraction(0), **_: Any) -> Any:
    good = isinstance(parts, tuple | list) and all(is_term(x) for x in parts)
    return Several(tuple(parts), dim) if good else NotImplemented


def total(reading: Any, node: fx.Node, x: Any, dim: Any = None, **_: Any) -> Any:
    """The sum over the axis along which forms were stacked."""
    if not isinstance(x, Several) or x.axis != ("stack", dim):
        return NotImplemented
    return sum(x.parts, Form({}))


def mean(reading: Any, node: fx.Node, x: Any, dim: Any = None, **_: Any) -> Any:
    found = total(reading, node, x, dim)
    return found if found is NotImplemented else found * Fraction(1, len(x.parts))


def chunk(reading: Any, node: fx.Node, x: Any, count: Any = None, dim: Any = Fraction(0), **_: Any) -> Any:
    """What was put together along an axis falls apart into as many parts; of any other value, parts are atoms."""
    return parts_of(reading, node, x, dim, int(count) if isinstance(count, Fraction) else None)


def split(reading: Any, node: fx.Node, x: Any, sizes: Any = None, dim: Any = Fraction(0), **_: Any) -> Any:
    return parts_of(reading, node, x, dim, len(sizes) if isinstance(sizes, list | tuple) else None)


def parts_of(reading: Any, node: fx.Node, x: Any, dim: Any, count: int | None) -> Any:
    if not isinstance(x, Several) or x.axis != dim or count not in (None, len(x.parts)) or cut_elsewhere(node, dim):
        return NotImplemented
    return Several(x.parts)


def cut_elsewhere(node: fx.Node, dim: Any, place: int | None = None) -> bool:
    """Whether parts, or the one at a place, are known to have other sizes than those that were put together."""
    before: list[Any] = [n.meta.get("shape") for n in node.all_input_nodes[0].all_input_nodes]
    after = node.meta.get("shape")
    if place is not None:
        before, after = before[place : place + 1], [after]
    if not isinstance(after, tuple | list) or any(getattr(x, "shape", None) is None for x in (*before, *after)):
        return False
    return [x.shape[int(dim)] for x in before] != [x.shape[int(dim)] for x in after]


def getitem(reading: Any, node: fx.Node, x: Any, at: Any) -> Any:
    """One of several values; of a tensor, a part that is an atom."""
    if isinstance(x, Several) and x.axis is None and isinstance(at, Fraction):
        return x.parts[int(at)]
    if isinstance(x, Several) and (place := half(x, at)) is not None and not cut_elsewhere(node, x.axis, place):
        return x.parts[place]
    return NotImplemented


def half(x: Several, at: Any) -> int | None:
    """0 for x[:, :c] and 1 for x[:, c:] of two parts along that axis."""
    if len(x.parts) != 2 or not isinstance(at, tuple) or not isinstance(x.axis, Fraction):
        return None
    full = slice(None)
    if any(s != full for i, s in enumerate(at) if i != int(x.axis)) or len(at) <= int(x.axis):
        return None
    piece = at[int(x.axis)]
    if not isinstance(piece, slice) or piece.step is not None or (piece.start is None) == (piece.stop is None):
        return None
    return 0 if piece.start is None else 1


def shaped(reading: Any, node: fx.Node, x: Any, *_: Any, **__: Any) -> Any:
    """A scalar in another shape is the same scalar."""
    return x if is_scalar(x) else NotImplemented


REDUCING = ("mean", "sum", "std", "var", "amax", "amin", "logsumexp", "norm", "prod")
SHAPING = ("expand", "expand_as", "view", "view_as", "reshape", "unsqueeze", "squeeze")
LINEAR: dict[str, Callable[..., Any]] = {
    "add": add, "iadd": add, "sub": sub, "isub": sub, "subtract": sub, "rsub": rsub, "mul": mul, "imul": mul,
    "multiply": mul, "div": div, "divide": div, "truediv": div, "true_divide": div, "itruediv": div, "neg": neg,
    "negative": neg, "pow": power, "lerp": lerp, "addcmul": addcmul, "addcdiv": addcdiv, "zeros_like": zeros,
    "new_zeros": zeros, "zero": zeros, "stack": stack, "cat": cat, "concat": cat, "sum": total, "mean": mean,
    "chunk": chunk, "split": split, "tensor_split": chunk, "getitem": getitem,
    **dict.fromkeys(SHAPING, shaped),
}  # fmt: skip
