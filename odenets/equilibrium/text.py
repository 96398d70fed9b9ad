"""The equations of an implicit step, as its source shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from odenets.equilibrium.order import is_system, together
from schemes import Scheme
from schemes.joins import spelled_out
from schemes.writing import PYTHON, fitted, identifier, load_lines, system


def code(scheme: Scheme, names: Sequence[str], method: str) -> str:
    """The step as equations in Python's notation, in the order in which they are solved.

    A line that is marked holds where the step is solved; `self.f(Y1)` is one evaluation, wherever it stands.
    """
    scheme = replace(spelled_out(scheme), fields=tuple(names))
    pairs = system(scheme, replace(fitted(PYTHON, scheme, lambda x: repr(float(x))), call="self.{}({})"))
    lines = load_lines(scheme, identifier(scheme.states[0]))
    for group in together(scheme):
        mark = f"  # solved{' together' if len(group) > 1 else ''}: {method}" if is_system(scheme, group) else ""
        lines += [f"{left} = {right}{mark}" for left, right in (pairs[i] for i in group) if left != right]
    nexts = pairs[scheme.stages :]
    written = {line.partition(" = ")[0] for line in lines}
    lines += [f"{left} = {right}" for left, right in nexts if left not in written and left != right]
    head = f"def forward(self, {', '.join(map(identifier, scheme.states))}):"
    body = [*dict.fromkeys(lines), f"return {', '.join(left for left, _ in nexts)}"]
    return "\n    ".join([head, *body]) + "\n"
