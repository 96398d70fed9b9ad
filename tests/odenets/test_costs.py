"""What networks cost, against published figures, hand counts and what really runs."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from odenets.costs import activation_bytes, cost_of, measure, multiply_adds, size
from odenets.errors import OdenetsError
from odenets.network import build
from schemes import learned

IMAGES, IMAGES16 = (2, 3, 32, 32), (2, 3, 16, 16)


pytestmark = pytest.mark.usefixtures("one_thread")


class Bottleneck(nn.Module):
    """conv-norm-relu three times, the sum behind: He et al. 2015, figure 5; `strided`: which convolution halves."""

    def __init__(self, cin, width, stride, strided):
        super().__init__()
        strides = [stride if i == strided else 1 for i in range(3)]
        kernels, widths = (1, 3, 1), (cin, width, width, 4 * width)
        self.body = nn.Sequential(*(
            nn.Sequential(nn.Conv2d(a, b, k, s, k // 2, bias=False), nn.BatchNorm2d(b), *[nn.ReLU()] * (b != 4 * width))
            for a, b, k, s in zip(widths[:-1], widths[1:], kernels, strides, strict=True)
        ))  # fmt: skip
        changes = cin != 4 * width or stride != 1
        project = nn.Conv2d(cin, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
        self.project = nn.Sequential(*project) if changes else nn.Identity()

    def forward(self, u):
        return F.relu(self.project(u) + self.body(u))


def resnet50(strided):
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    blocks, cin = [], 64
    for stage, count in enumerate((3, 4, 6, 3)):
        for i in range(count):
            blocks.append(Bottleneck(cin, 64 << stage, 2 if stage and not i else 1, strided))
            cin = 4 * (64 << stage)
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, 1000))


# ---- multiply-adds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strided", "published"),
    [
        (1, "4.089"),  # torchvision 0.15, ResNet50_Weights.IMAGENET1K_V1: _ops 4.089 of the variant "v1.5"
        (0, "3.9"),  # He et al. 2015, table 1: 3.8e9, rounded down, and without the projections of shape changes
    ],
)
def test_resnet50_has_the_published_multiply_adds(strided, published):
    with torch.device("meta"):
        network = resnet50(strided)
    digits = len(published.partition(".")[2])
    assert f"{multiply_adds(network, (8, 3, 224, 224)) / 1e9:.{digits}f}" == published
    assert size(network).parameters == 25_557_032  # torchvision 0.15, the same weights' num_params


# chenyaofo/pytorch-cifar-models, README: #MAdds(M) 40.81, 69.12, 97.44, 125.75 of CIFAR-10 ResNets with 1×1 projections
@pytest.mark.parametrize(("n", "published"), [(20, "40.81"), (32, "69.12"), (44, "97.44"), (56, "125.75")])
def test_cifar_resnets_have_the_published_multiply_adds(n, published):
    assert f"{multiply_adds(build(scheme='euler', depth=n), IMAGES) / 1e6:.2f}" == published


@given(
    st.integers(1, 3), st.integers(1, 3), st.sampled_from((1, 2, 4)), st.sampled_from((1, 3)), st.sampled_from((1, 2))
)
def test_a_convolution_in_groups_multiplies_within_its_groups(a, b, groups, kernel, stride):
    conv = nn.Conv2d(a * groups, b * groups, kernel, stride, kernel // 2, groups=groups, bias=False)
    outputs = b * groups * (-(-8 // stride)) ** 2
    assert multiply_adds(conv, (5, a * groups, 8, 8)) == outputs * a * kernel**2


class Mixed(nn.Module):
    """Products that no convolution or linear layer makes."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.mark.parametrize("tokens", [4, 32])
def test_attention_multiplies_two_products_of_all_pairs_in_any_form(tokens):
    attend = Mixed(lambda x: F.scaled_dot_product_attention(x, x, x))
    written = Mixed(lambda x: torch.softmax(x @ x.mT / 8, -1) @ x)
    expected = 2 * 3 * tokens**2 * 8
    assert multiply_adds(attend, (2, 3, tokens, 8)) == multiply_adds(written, (2, 3, tokens, 8)) == expected
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)  # whose fast path at evaluation is one operator
    assert multiply_adds(layer, (2, tokens, 8)) == tokens * (4 * 8 * 8 + 2 * 8 * 16) + 2 * tokens**2 * 8


def test_a_fourier_transform_costs_five_quarters_n_log_n_where_real():
    def there_and_back(x):
        return torch.fft.irfft2(torch.fft.rfft2(x))

    assert multiply_adds(Mixed(there_and_back), (1, 7, 16, 16)) == 2 * 7 * 5 * 256 * 8 // 4
    complex_one = Mixed(lambda x: torch.fft.fft(torch.complex(x, x)))
    assert multiply_adds(complex_one, (1, 7, 16)) == 7 * 5 * 16 * 4 // 2


def test_tokens_by_number_and_tensors_are_inputs_as_well():
    network = nn.Sequential(nn.Embedding(50, 8), nn.Linear(8, 3))
    assert multiply_adds(network, (2, 10)) == multiply_adds(network, torch.zeros(2, 10, dtype=torch.long)) == 240
    assert multiply_adds(nn.Linear(8, 3).double(), (2, 8)) == 24
    with pytest.raises(OdenetsError, match=r"shape \(8,\) has no examples: give"):
        multiply_adds(nn.Linear(8, 3), (8,))


def test_counting_leaves_the_network_as_it_was():
    network = build(scheme="lm2_stochastic_depth", depth=8)
    before = {name: x.clone() for name, x in network.state_dict().items()}
    state = torch.get_rng_state()
    cost_of(network, (2, 3, 8, 8), measured_on="cpu")
    assert network.training and all(p.grad is None and p.device.type == "cpu" for p in network.parameters())
    assert all(torch.equal(x, before[name]) for name, x in network.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


def test_size_tells_coefficients_from_weights_and_counts_what_is_shared_once():
    lm, euler = (size(build(scheme=name, depth=20)) for name in ("lm2", "euler"))
    assert (lm.weights, lm.buffers, lm.coefficients) == (euler.weights, euler.buffers, 6)
    shared = size(build(scheme="lm2", depth=20, depth_shared=True, norm="group"))
    assert shared.coefficients == 6 and shared.weights < lm.weights
    per_channel = size(build(scheme="lm2", depth=20, values={"k": learned(0, "channel")}))
    assert per_channel.coefficients == 2 * (16 + 32 + 64) and per_channel.weights == lm.weights


# ---- memory --------------------------------------------------------------------------------------------------------


def test_kept_bytes_are_those_counted_by_hand():
    width = nn.Linear(3, 4), nn.Linear(4, 2)
    assert activation_bytes(nn.Sequential(width[0], nn.Tanh(), width[1]), (1, 3)) == 4 * 4  # one storage, two readers
    assert activation_bytes(nn.Sequential(width[0], nn.Softplus(), width[1]), (1, 3)) == 2 * 4 * 4  # input and output
    assert activation_bytes(nn.Sequential(width[0]), (1, 3)) == 0  # the input was there
    block = nn.Sequential(nn.Conv2d(3, 5, 1), nn.BatchNorm2d(5), nn.ReLU(inplace=True), nn.Conv2d(5, 1, 1))
    assert activation_bytes(block, (1, 3, 6, 6)) == 2 * 5 * 36 * 4  # before the norm, behind relu; no batch's means
    assert activation_bytes(block.double(), (1, 3, 6, 6)) == 2 * 5 * 36 * 8


def test_attention_keeps_no_weights_of_all_pairs_but_with_dropout():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0, batch_first=True)
    short, long = (activation_bytes(layer, (1, tokens, 8)) for tokens in (64, 256))
    assert long == 4 * short
    dropped = Mixed(lambda x: F.scaled_dot_product_attention(x, x, x, dropout_p=0.5))
    pairs = 256**2 * 4
    assert activation_bytes(nn.Sequential(nn.Linear(8, 8), dropped), (1, 2, 256, 8)) > 2 * pairs


@pytest.mark.parametrize("extra", [1 << 20, 3 << 20])
def test_measured_is_every_byte_of_the_highest_moment(extra):
    def junk(x):
        torch.empty(extra, dtype=torch.uint8)
        return x

    def peak(network):
        return measure(network, (1, 64))

    small = peak(nn.Sequential(nn.Linear(64, 64), nn.Tanh()))
    assert small < 100_000
    at_rest = 64 * 4  # of the linear layer's value, which is there beside the junk
    assert peak(nn.Sequential(nn.Linear(64, 64), Mixed(junk), nn.Tanh())) == extra + at_rest


@pytest.mark.parametrize("scheme", ["euler", "lm2", "rk4_classic", "revnet", "polynet_poly2"])
def test_a_real_step_allocates_what_is_kept_and_a_little_for_the_moment(scheme):
    network = build(scheme=scheme, depth=14, widths=(8, 16))
    assert 1 < measure(network, (8, 3, 16, 16)) / activation_bytes(network, IMAGES16) < 1.15


def test_a_real_attention_step_allocates_little_more():
    layers = [nn.TransformerEncoderLayer(32, 2, 64, dropout=0, batch_first=True) for _ in range(4)]
    network = nn.Sequential(*layers)
    assert 1 < measure(network, (8, 128, 32)) / activation_bytes(network, (8, 128, 32)) < 1.25


def test_memory_is_measured_on_cpu_and_cuda_alone():
    here = "cpu or cuda" if torch.cuda.is_available() else "cpu"
    for device in ("meta", "nosuch", *(() if torch.cuda.is_available() else ("cuda",))):
        with pytest.raises(OdenetsError, match=f"on {here} here, not on {device}"):
            measure(nn.Linear(2, 2), (1, 2), device)
