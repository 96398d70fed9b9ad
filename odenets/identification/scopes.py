"""Modules with sums of their own that are one block to what stands around them: a field that is itself residual."""

from __future__ import annotations

from collections.abc import Sequence

from torch import fx

from odenets.identification.reading import Reader, Whole
from odenets.identification.steps import coordinates
from odenets.identification.values import Version
from schemes import Form


def wholes(reader: Reader) -> dict[fx.Node, Whole]:
    """The outermost module calls that give an increment, as blocks, by their first operation.

    Such a call reads one value and gives one that is made of its own atoms alone, and a sum outside adds that to what
    was there before it. A call that gives u + f(u) is no increment, and a stage whose value stands alone is none.
    """
    calls: dict[tuple[str, int], list[fx.Node]] = {}
    for node in reader.graph.nodes:
        for call in node.meta.get("calls", ()):
            calls.setdefault(call, []).append(node)
    versions = {version.node: version for version in reader.versions}
    found: dict[fx.Node, Whole] = {}
    taken: set[fx.Node] = set()
    for call, nodes in calls.items():
        if call[0] and len(nodes) > 1 and not taken & set(nodes) and (whole := of_call(nodes, reader, versions)):
            found[nodes[0]] = whole
            taken |= set(nodes)
    return found


def of_call(nodes: Sequence[fx.Node], reader: Reader, versions: dict[fx.Node, Version]) -> Whole | None:
    own = {f"a{n.meta['number']}" for n in nodes} & set(reader.atoms)
    inner = set(nodes)
    outside = [x for n in nodes for x in n.all_input_nodes if x not in inner and x in versions]
    given = {versions[x].value: x for x in outside if isinstance(versions[x].value, Form) and versions[x].value.terms}
    leaving = [n for n in nodes if any(user not in inner for user in n.users) and n in versions]
    if len(given) != 1 or len(leaving) != 1:
        return None
    value = versions[leaving[0]].value
    if not isinstance(value, Form) or not value.terms or not set(value.terms) <= own:
        return None
    inside = [form for name in own for form in reader.atoms[name].reads if own & set(form.terms)]
    if not any(len(form.terms) > 1 for form in (value, *inside)):
        return None  # without sums inside it becomes one block anyway
    ((_, argument),) = given.items()
    made = tuple(reader.atoms[name].node for name in reader.atoms if name in own)
    return Whole(argument, made, leaving[0]) if is_increment(value, own, nodes, reader) else None


def is_increment(value: Form, own: set[str], nodes: Sequence[fx.Node], reader: Reader) -> bool:
    """Whether sums outside have the value as a term, and one of them something that was there before."""
    inner, first = set(nodes), nodes[0].meta["number"]
    outer = [v.value for v in reader.versions if v.node not in inner and isinstance(v.value, Form)]
    parts = [(form, Form({k: c for k, c in form.terms.items() if k in own})) for form in outer]
    parts = [(form, part) for form, part in parts if part.terms]
    if any(coordinates([part], [value]) is None for _, part in parts):
        return False
    before = {name for name, a in reader.atoms.items() if a.node.meta["number"] < first}
    return any(before & set(form.terms) for form, _ in parts)
