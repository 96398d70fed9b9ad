"""What a forward pass leaves to its backward pass, in bytes: what autograd saves, and what the chain keeps itself."""

import weakref
from dataclasses import fields, is_dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from odenets.memory import Memory
from odenets.memory.lost_bits import Lost
from schemes import get, learned
from tests.odenets.reversing import DOUBLE, EXACT, KEPT, Plain, chain, field, inputs, plain

MIB = 2**20
WIDTH = 64


def tensors(thing, seen=None):
    """Every tensor that something holds, modules apart."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, nn.Module | nn.Parameter):
        return []
    seen.add(id(thing))
    if isinstance(thing, Tensor):
        return [thing]
    if is_dataclass(thing):
        thing = [getattr(thing, f.name) for f in fields(thing)]
    if isinstance(thing, dict):
        thing = list(thing.values())
    if isinstance(thing, list | tuple | set | frozenset):
        return [x for part in thing for x in tensors(part, seen)]
    return []


def nodes(found):
    """The functions behind some tensors."""
    left, seen = [x.grad_fn for x in found], set()
    while left:
        node = left.pop()
        if node is not None and node not in seen:
            seen.add(node)
            left += [x for x, _ in node.next_functions]
    return seen


def kept(net, given):
    """Bytes between the passes, each memory once; without parameters and without what was given."""
    saved = []

    def pack(x):
        saved.append(x.detach())  # an output that its own node held would never be freed
        return saved[-1]

    with saved_tensors_hooks(pack, lambda x: x):
        found = net(*given)
    found = found if isinstance(found, tuple) else (found,)
    saved += tensors([node.work for node in nodes(found) if hasattr(node, "work")])
    known = {x.untyped_storage().data_ptr() for x in (*given, *net.parameters())}
    memory = {x.untyped_storage().data_ptr(): x.untyped_storage().nbytes() for x in saved}
    return sum(size for place, size in memory.items() if place not in known)


def wide(name, memory, depth, **options):
    return chain(name, memory, block=field(width=WIDTH, norm=True, c=0.1, **options), depth=depth)


def states(net):
    return inputs(len(net.steps[0].scheme.states), shape=(256, WIDTH))


FLAT = {
    "revnet": ("revnet", KEPT),
    "leapfrog": ("leapfrog", KEPT),
    "stormer_verlet": ("stormer_verlet", KEPT),
    "momentum": (get("momentum", gamma="999/1000"), DOUBLE),
    "lm2": (get("lm2", k=learned("-99/100")), DOUBLE),
}


@pytest.mark.parametrize("case", FLAT)
def test_bytes_do_not_grow_with_depth(case):
    scheme, memory = FLAT[case]
    few, many = (wide(scheme, memory, depth) for depth in (10, 200))
    assert kept(many, states(many)) - kept(few, states(few)) < 256 * 200  # marks, no states: one has 65,536
    assert isinstance(plain(few), Plain)
    assert kept(plain(many), states(many)) > 18 * kept(plain(few), states(few))


def test_a_step_that_draws_keeps_the_state_of_the_generator_alone():
    few, many = (wide("leapfrog", KEPT, depth, dropout=0.5) for depth in (10, 200))
    each = (kept(many, states(many)) - kept(few, states(few))) / 190
    assert 4096 < each < 3 * 5056


def test_kept_states_where_undoing_is_badly_conditioned():
    """Of a momentum of 1/2: V⁻¹ = ((1, -1), (0, 2)), whose fifth power is 63 in norm: some of 40, not all."""
    gamma = get("momentum", gamma="1/2")
    net = wide(gamma, KEPT, 40)
    pair = 2 * 256 * WIDTH * 4
    assert 4 * pair < kept(net, states(net)) < 22 * pair


def test_kept_states_of_every_few_steps():
    one, five = (wide("rk4_classic", Memory(checkpoint=every), 40) for every in (1, 5))
    state = 256 * WIDTH * 4
    assert 38 * state < kept(one, states(one)) < 42 * state
    assert 7 * state < kept(five, states(five)) < 11 * state


def test_lost_bits_are_fewer_than_states():
    """4 bits a number for k of size, 8 for a small one, of 32 bits of a state; a chain keeps one state a step."""
    for k, bits in (("-99/100", 4), ("-1/2", 4), ("-1/20", 8)):
        net = wide(get("lm2", k=learned(k)), EXACT, 40)
        part = kept(net, states(net)) / 40 / (256 * WIDTH * 4)
        assert bits / 32 < part < 1.6 * bits / 32


def test_lost_bits_count_themselves():
    kept_bits = Lost(8, torch.zeros(10, dtype=torch.int8), torch.zeros(2, dtype=torch.int32), torch.zeros(2))
    assert kept_bits.bytes == 10 + 8 + 8


def test_nothing_is_left_behind_a_backward_pass():
    net = wide("leapfrog", EXACT, 5)
    found = net(*states(net))
    work = weakref.ref(next(node.work for node in nodes(found) if hasattr(node, "work")))
    assert tensors(work())
    sum(x.sum() for x in found).backward()
    del found
    assert work() is None
