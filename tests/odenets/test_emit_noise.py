"""Emitted files of noisy networks: every law, drawn per batch, sample, channel or element, gives the same bits."""

from functools import partial

import pytest
import torch

from odenets.emission import emit
from odenets.network import build
from schemes import Bernoulli, Normal, StudentT, ThreePoint, TwoPoint, Uniform, dropped, get, multiplied
from tests.odenets.emitted import agree, module_of, pair

LAWS = {
    "coin": Bernoulli("1/2"),
    "rare": Bernoulli("37/100"),
    "two points": TwoPoint(),
    "three points": ThreePoint(),
    "uniform": Uniform(-1, 1),
    "normal": Normal(0, 1),
    "Student": StudentT(5),
}
SMALL = {"widths": (4, 8), "layers": (2, 2), "classes": 3}


@pytest.mark.parametrize("per", ["batch", "sample", "channel", "element"])
@pytest.mark.parametrize("law", LAWS)
def test_every_law_is_emitted(law, per):
    scheme = multiplied(get("heun2"), "1/3", law=LAWS[law], per=per)
    agree(*pair(partial(build, scheme=scheme, **SMALL)))


@pytest.mark.parametrize("base", ["euler", "lm2", "rk4_classic"])
def test_a_file_skips_the_blocks_that_its_network_skips(base):
    net, other, inputs = pair(partial(build, scheme=dropped(get(base), "1/2"), **SMALL))
    agree(net, other, inputs)  # running statistics of dropped blocks among the buffers
    calls = []
    for model in (net.train(), other.train()):
        steps = [step for stage in model.stages for step in stage.steps]
        found = [0]
        for norm in (m for step in steps for m in step.modules() if isinstance(m, torch.nn.BatchNorm2d)):
            norm.register_forward_hook(lambda *_, found=found: found.__setitem__(0, found[0] + 1))
        torch.manual_seed(3)
        for _ in range(4):
            model(inputs)
        calls.append(found[0])
    assert calls[0] == calls[1] > 0


def test_a_file_draws_large_samples_as_its_network_does():
    """Beyond a thousand numbers finite laws come from tables of bytes."""
    net = build(scheme=get("dropout", p="4/5"), **SMALL)
    text = emit(net)
    assert "import odenets" not in text and "from odenets" not in text and "numpy" not in text
    torch.manual_seed(0)
    other = module_of(text)().train()
    other.load_state_dict(net.state_dict())
    x, outputs = torch.randn(16, 3, 16, 16), []
    for model in (net.train(), other):
        torch.manual_seed(7)
        outputs.append(model(x))
    assert torch.equal(*outputs)
