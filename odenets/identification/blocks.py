"""Chains of operations become blocks: what a network evaluates between two sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from torch import fx

from odenets.identification.linear import name_of
from odenets.identification.reading import Reader
from odenets.identification.values import Atom
from schemes import Form

CALM = ("relu", "gelu", "silu", "swish", "mish", "elu", "selu", "celu", "tanh", "sigmoid", "softplus", "clamp", "norm",
        "dropout", "hardtanh", "softsign")  # fmt: skip


def kind(atom: Atom) -> tuple[str, ...]:
    """What a block is made of, without its weights: two blocks of one kind are the same field with other weights."""
    return tuple(map(name_of, atom.nodes))


def identity(atom: Atom) -> tuple[str, ...]:
    """The layers that a block calls and the parameters that it reads: the same for the same weights."""
    return tuple(
        sorted(
            {f"{n.op}:{n.target}" for node in atom.nodes for n in (node, *node.all_input_nodes) if weights_of(n)}
            or {f"{kind(atom)}"}
        )
    )


def weights_of(node: object) -> bool:
    return getattr(node, "op", "") in ("call_module", "get_attr")


def living(reading: Reader) -> dict[str, Atom]:
    """The atoms that an output depends on."""
    found, ahead = set[str](), [name for form in reading.outputs for name in form.terms]
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead += [other for form in reading.atoms[name].reads for other in form.terms]
    return {name: atom for name, atom in reading.atoms.items() if name in found}


def gathered(reading: Reader, fixed: Collection[str] = ()) -> dict[str, Atom]:
    """Each operation takes in the operations that it alone reads, while one argument is enough for all of them.

    A sum of several values is taken in where its terms come from one argument, and where it stands in the module that
    reads it; what is `fixed` stays. A norm or an activation that several blocks read is the beginning of each of them.
    """
    atoms = living(reading)
    readers = readers_of(atoms, reading.outputs)
    for name in list(atoms):
        while (step := taken_in(name, atoms, readers, fixed)) is not None:
            terms, reads = step
            inner = [atoms.pop(term) for term in terms]
            nodes = tuple(sorted({n for a in (*inner, atoms[name]) for n in a.nodes}, key=position))
            atoms[name] = replace(atoms[name], reads=reads, nodes=nodes)
            for form in reads:
                for term in form.terms:
                    readers[term] = readers[term] - set(terms) | {name}
    for name in [x for x in atoms if x not in fixed and calm(atoms[x]) and len(atoms[x].reads) == 1]:
        if alone(name, readers[name], atoms):
            shared = atoms.pop(name)
            for reader in readers[name]:
                own = [shared.reads[0] if name in form.terms else form for form in atoms[reader].reads]
                nodes = tuple(sorted({*shared.nodes, *atoms[reader].nodes}, key=position))
                atoms[reader] = replace(atoms[reader], reads=tuple(dict.fromkeys(own)), nodes=nodes)
    return atoms


def alone(name: str, readers: Collection[str], atoms: dict[str, Atom]) -> bool:
    """Whether blocks alone read a value, each as it is: a norm before parallel blocks is the beginning of each."""
    forms = [form for x in readers if x for form in atoms[x].reads if name in form.terms]
    return "" not in readers and len(readers) > 1 and all(len(form.terms) == 1 for form in forms)


def position(node: object) -> int:
    return int(getattr(node, "meta", {})["number"])


def readers_of(atoms: dict[str, Atom], outputs: tuple[Form, ...]) -> dict[str, set[str]]:
    """The atoms that read each atom; "" stands for an output."""
    readers = defaultdict[str, set[str]](set)
    for name, atom in atoms.items():
        for form in atom.reads:
            for term in form.terms:
                readers[term].add(name)
    for form in outputs:
        for term in form.terms:
            readers[term].add("")
    return readers


def taken_in(
    name: str, atoms: dict[str, Atom], readers: dict[str, set[str]], fixed: Collection[str]
) -> tuple[list[str], tuple[Form, ...]] | None:
    """The terms of an operand that the atom can take in, and what it reads then; or None."""
    atom = atoms[name]
    for form in atom.reads:
        terms = list(form.terms)
        if any(readers[t] != {name} or atoms[t].input or t in fixed for t in terms) or not terms:
            continue
        if any(t in other.terms for other in atom.reads if other is not form for t in terms):
            continue
        inner = [r for t in terms for r in atoms[t].reads]
        reads = tuple(dict.fromkeys([r for r in atom.reads if r is not form] + inner))
        if len(terms) > 1 and (name in fixed or not within(atoms, terms, atom)):
            continue
        single = len(atoms[terms[0]].reads) if len(terms) == 1 else 1
        if len(reads) <= max(len(atom.reads), single, 1):
            return terms, reads
    return None


def within(atoms: dict[str, Atom], terms: list[str], reader: Atom) -> bool:
    """Whether the module in which all terms stand is one in which the reader stands too."""
    inner = common_calls([atoms[t].node for t in terms if atoms[t].reads] or [reader.node])
    if len({atoms[t].node for t in terms if atoms[t].reads}) == 1:
        inner = inner[:-1]  # one layer beside constants, f(u) + g(t): its own call is none in which it stands
    return bool(reader.node.meta["calls"][: len(inner)] == inner)


def common_calls(nodes: Sequence[fx.Node]) -> tuple[tuple[str, int], ...]:
    """The module calls in which all of these operations stand."""
    calls = [node.meta["calls"] for node in nodes]
    return tuple(x for x, *others in zip(*calls, strict=False) if all(other == x for other in others))


# ---- the map behind a sum ------------------------------------------------------------------------------------------


def calm(atom: Atom) -> bool:
    """Whether a block is an activation or a norm, with nothing else in it."""
    return all(any(word in part.lower() for word in CALM) for part in kind(atom))


def maps_behind(atoms: dict[str, Atom], outputs: tuple[Form, ...]) -> list[tuple[str, ...]]:
    """The kinds of activations and norms that stand behind a sum, of which a later sum has their value as a term."""
    forms = [form for atom in atoms.values() for form in atom.reads]
    inner = {name for name, atom in atoms.items() if any(atoms[t].reads for form in atom.reads for t in form.terms)}
    seen = Counter(form for atom in atoms.values() for form in atom.reads)
    mixed = [set(form.terms) for form in (*forms, *outputs) if len(form.terms) > 1]
    return list(dict.fromkeys(
        kind(atom) for name, atom in atoms.items()
        if calm(atom) and len(atom.reads) == 1 and len(atom.reads[0].terms) > 1 and seen[atom.reads[0]] == 1
        and any(name in terms for terms in mixed) and inner & set(atom.reads[0].terms)
    ))  # fmt: skip


def behind(reading: Reader) -> tuple[dict[str, Atom], dict[Form, Atom]]:
    """The blocks of a graph, and the maps behind sums by what they read; these count as the sums themselves."""
    atoms = gathered(reading)
    kinds = maps_behind(atoms, reading.outputs)
    if not kinds:
        return atoms, {}
    first = {k[0] for k in kinds}
    fixed = [name for name, a in reading.atoms.items() if kind(a)[0] in first and sums(a)]
    atoms = gathered(reading, fixed)
    seen = Counter(form for atom in atoms.values() for form in atom.reads)
    maps = {name: a for name, a in atoms.items() if kind(a) in kinds and sums(a) and seen[a.reads[0]] == 1}
    return substituted(atoms, maps, reading)


def sums(atom: Atom) -> bool:
    return len(atom.reads) == 1 and len(atom.reads[0].terms) > 1


def substituted(
    atoms: dict[str, Atom], maps: dict[str, Atom], reading: Reader
) -> tuple[dict[str, Atom], dict[Form, Atom]]:
    """Every form with the maps' arguments in the place of their values."""
    values: dict[str, Form] = {}

    def put(form: Form) -> Form:
        found = Form({t: c for t, c in form.terms.items() if t not in values})
        for t, c in form.terms.items():
            if t in values:
                found = found + values[t] * c
        return found

    kept, after = dict[str, Atom](), dict[Form, Atom]()
    for name, atom in atoms.items():
        reads = tuple(dict.fromkeys(map(put, atom.reads)))
        if name in maps:
            values[name] = reads[0]
            after[reads[0]] = atom
        else:
            kept[name] = replace(atom, reads=reads)
    reading.outputs = tuple(map(put, reading.outputs))
    return kept, after


# ---- names ---------------------------------------------------------------------------------------------------------


def path(atom: Atom, atoms: Collection[Atom]) -> str:
    """The module that a block is, or the first and last layer of one that has no module of its own."""
    layers = list(dict.fromkeys(str(node.target) or "itself" for node in atom.nodes if node.op == "call_module"))
    common = common_calls(atom.nodes)
    if common and common[-1][0]:
        own = {node for a in atoms if identity(a) == identity(atom) for node in a.nodes}
        if all(n in own for a in atoms for n in a.nodes if common[-1] in n.meta["calls"]):
            return str(common[-1][0])
    if not layers:
        return " ∘ ".join(reversed(kind(atom)))
    return layers[0] if len(layers) == 1 else f"{layers[0]} … {layers[-1].rpartition('.')[2]}"
