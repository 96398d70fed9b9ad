"""Drop-path in a network: sampled as the exact law says, one column for all, gradients only where paths are kept."""

import copy
import math
import pickle
from collections import Counter

import pytest
import torch
from torch import nn

from odenets.coefficients import held
from odenets.errors import OdenetsError
from odenets.joins import Join, one_column
from odenets.wiring import wire
from schemes import SchemeError, get
from schemes.maps import map_form
from schemes.parameters import expectation


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def joins(columns=3, **values):
    return [x for x in held(get("fractalnet_drop_path", columns=columns, **values)).values() if isinstance(x, Join)]


def fractal(columns=3, **values):
    return wire(get("fractalnet_drop_path", columns=columns, **values), lambda: nn.Linear(4, 4)).double()


def learns(block):
    return block.weight.grad is not None and bool(block.weight.grad.any())


def alive(module):
    """The blocks that a gradient reaches."""
    return {name for name, block in module.named_children() if isinstance(block, nn.Linear) and learns(block)}


def near(count, n, probability):
    """Five standard deviations, or certainty."""
    return abs(count - n * probability) <= 5 * math.sqrt(n * probability * (1 - probability))


@pytest.mark.parametrize("p", ["3/20", "1/2", "9/10", 1, 0])
@pytest.mark.parametrize("columns", [2, 3, 4])
def test_kept_sets_are_as_frequent_as_the_exact_law_says(columns, p):
    join, n = joins(columns, p=p, share=0)[-1], 40_000
    law = get("fractalnet_drop_path", columns=columns, p=p, share=0).parameters[-1].value
    join.per = "element"
    weights = torch.stack([*join(torch.zeros(n, dtype=torch.float64))], 1)
    mask = weights > 0
    assert torch.equal(weights, mask / mask.sum(1, keepdim=True, dtype=torch.float64))  # 1/kept each, else exactly 0
    found = torch.bincount((mask * 2 ** torch.arange(columns)).sum(1), minlength=2**columns)
    for kept, probability in law.outcomes():
        assert near(found[sum(2 ** (c - 1) for c in kept)].item(), n, float(probability)), kept


@pytest.mark.parametrize("share", ["1/2", 0, 1, "1/10"])
def test_columns_are_drawn_in_their_share_of_batches(share):
    column, n = joins(share=share)[0].column, 2000
    found = Counter()
    for _ in range(n):
        column.draw()
        found[column.number.item()] += 1
    assert set(found) <= {0, 1, 2, 3} and near(found[0], n, 1 - float(column.share))
    assert all(near(found[c], n, float(column.share) / 3) for c in (1, 2, 3))


def test_sampled_moments_of_the_whole_step_are_the_exact_ones():
    """E and E of the square of the weight of f2, (b4 + c4) b2, over local and global batches."""
    scheme = get("fractalnet_drop_path")
    x = (scheme.B[0][1], scheme.B[0][1] ** 2)
    first, last = joins()
    assert first.leads and not last.leads and first.column is last.column
    u, n, drawn = torch.zeros(1, dtype=torch.float64), 2000, []
    for _ in range(n):
        b2, _ = first(u)
        _, b4, c4 = last(u)
        drawn.append((b4 + c4) * b2)
    samples = torch.tensor(drawn, dtype=torch.float64)
    laws = {q.name: q.value for q in scheme.parameters}
    for power, exact in ((1, expectation(x[0], laws)), (2, expectation(x[1], laws))):
        assert abs((samples**power).mean().item() - float(exact)) < 5 * (samples**power).std().item() / math.sqrt(n)


def test_evaluation_is_the_plain_mean():
    step, u = fractal(), torch.randn(2, 4, dtype=torch.float64)
    plain = wire(get("fractalnet_joined"), lambda: nn.Linear(4, 4)).double()
    plain.load_state_dict(step.state_dict())  # no key of its own: masks and column are made again
    assert torch.allclose(step.eval()(u), plain(u), atol=1e-14)
    assert torch.equal(step(u), step(u))


@pytest.mark.parametrize("column", [1, 2, 3])
@pytest.mark.parametrize("form", [lambda s: s, map_form])
def test_globally_exactly_the_blocks_of_one_column_learn(column, form):
    step = wire(form(get("fractalnet_drop_path")), lambda: nn.Linear(4, 4)).double()
    one_column(step).number.fill_(column)
    step(torch.randn(2, 4, dtype=torch.float64)).square().sum().backward()
    assert alive(step) == {f"f{i}" for i in range(2 ** (column - 1), 2**column)}


def test_a_join_without_the_column_takes_its_mean():
    first, last = joins(share=1)
    first.leads = False
    for column, expected in ((1, [0.5, 0.5]), (2, [1, 0]), (3, [0, 1])):
        first.column.number.fill_(column)
        assert first(torch.zeros(1)) == expected
        assert last(torch.zeros(1)) == [float(c == column) for c in (1, 2, 3)]


def test_locally_gradients_reach_kept_paths_only():
    step, drawn = fractal(share=0, p="1/2"), {}
    for name in ("join_b2", "join_a4"):
        getattr(step, name).register_forward_hook(lambda *x, name=name: drawn.update({name: [w > 0 for w in x[2]]}))
    seen = set()
    for _ in range(40):
        step.zero_grad(set_to_none=False)
        step(torch.randn(2, 4, dtype=torch.float64)).square().sum().backward()
        (b2, c2), (a4, b4, c4) = drawn["join_b2"], drawn["join_a4"]
        inner = b4 or c4
        kept = {"f1": a4, "f2": b2 and inner, "f3": b4, "f4": c2 and inner, "f5": c2 and inner, "f6": c4, "f7": c4}
        assert alive(step) == {name for name, there in kept.items() if there}
        seen.add(frozenset(alive(step)))
    assert len(seen) > 8


class Chain(nn.Module):
    """Steps as a network holds them: it draws the column of the batch."""

    def __init__(self, *steps):
        super().__init__()
        self.steps = nn.ModuleList(steps)
        self.column = one_column(self)

    def forward(self, u):
        if self.training and self.column is not None:
            self.column.draw()
        for step in self.steps:
            u = step(u)
        return u


def test_a_network_takes_one_column_in_all_its_steps():
    net = Chain(fractal(share=1), fractal(share=1), fractal(share=1))
    seen = set()
    for _ in range(30):
        net.zero_grad(set_to_none=False)
        net(torch.randn(2, 4, dtype=torch.float64)).square().sum().backward()
        (kept,) = {frozenset(alive(step)) for step in net.steps}
        seen.add(kept)
    assert seen == {frozenset({"f1"}), frozenset({"f2", "f3"}), frozenset({"f4", "f5", "f6", "f7"})}


def test_local_draws_of_two_steps_are_independent():
    net, drawn = Chain(fractal(share=0, p="1/2"), fractal(share=0, p="1/2")), []
    for step in net.steps:
        step.join_a4.register_forward_hook(lambda *x: drawn.append(float(x[2][0])))
    for _ in range(400):
        net(torch.zeros(1, 4, dtype=torch.float64))
    first, second = torch.tensor(drawn[::2]), torch.tensor(drawn[1::2])
    assert abs(torch.corrcoef(torch.stack([first, second]))[0, 1]) < 0.2 and first.std() > 0.2


def test_a_step_alone_draws_its_own_column():
    step, u = fractal(share=1), torch.randn(2, 4, dtype=torch.float64)
    seen = set()
    for _ in range(30):
        step.zero_grad(set_to_none=False)
        step(u).square().sum().backward()
        seen.add(frozenset(alive(step)))
    assert {len(kept) for kept in seen} == {1, 2, 4}


def test_compiled_in_one_graph_it_draws_what_eager_draws_and_the_same_from_the_same_seed():
    net, u = Chain(fractal(2), fractal(2)), torch.randn(2, 4, dtype=torch.float64)
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager")

    def run(module):
        torch.manual_seed(5)
        return torch.stack([module(u) for _ in range(12)]).detach()

    eager = run(net)
    assert torch.equal(run(net), eager) and torch.equal(run(compiled), eager) and len(eager.unique(dim=0)) > 2


def test_copies_and_pickles_keep_one_column_and_no_key_is_saved():
    net = Chain(fractal(), fractal())
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        columns = {id(x.column) for x in twin.modules() if isinstance(x, Join)}
        assert columns == {id(twin.column)} and twin.column is not net.column
        twin.load_state_dict(net.state_dict())
    assert all(key.rpartition(".")[2] in ("weight", "bias") for key in net.state_dict())


def test_half_precision_keeps_the_law_and_weights_come_in_the_type_of_the_state():
    join = joins()[-1].bfloat16()
    assert join.thresholds.dtype == torch.long
    assert all(isinstance(w, float) and torch.tensor(w).bfloat16() == w for w in join(torch.zeros(2).bfloat16()))
    join.per = "sample"
    weights = join(torch.zeros(5, 3, 2, 2, dtype=torch.bfloat16))
    assert {w.dtype for w in weights} == {torch.bfloat16} and {tuple(w.shape) for w in weights} == {(5, 1, 1, 1)}


def test_a_network_without_joins_has_no_column():
    assert one_column(wire(get("euler"), nn.Linear(4, 4))) is None


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (
            lambda: Chain(fractal(), fractal(2)),
            OdenetsError,
            "2 columns with share 1/2 and 3 columns with share 1/2: give all",
        ),
        (
            lambda: Chain(fractal(), fractal(share=1)),
            OdenetsError,
            "3 columns with share 1/2 and 3 columns with share 1:",
        ),
        (lambda: joins(p="q"), OdenetsError, "still depends on q: fix it"),
        (lambda: held(get("fractalnet_drop_path").at(c4=0)), SchemeError, "a weight is fixed; fix all of them or none"),
    ],
)
def test_what_cannot_be_joined_gets_a_sentence(make, kind, words):
    with pytest.raises(kind, match=words) as error:
        make()
    assert "\n" not in str(error.value)
