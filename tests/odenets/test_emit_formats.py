"""Networks as ONNX and as programs of torch: the values of evaluation, for any number of examples."""

import pytest
import torch
from torch import nn

from odenets.cli import main
from odenets.emission import formats
from odenets.emission.formats import write
from odenets.errors import OdenetsError
from odenets.network import build

SMALL = {"widths": (4, 8), "layers": (2, 2), "classes": 3}


def small(**options):
    return build(**{**SMALL, **options})


NETWORKS = {
    "lm_resnet": {"scheme": "lm2", "layers": (3, 2)},
    "diffusion": {"scheme": "imex_euler", "block": {"f": "symmetric", "g": "diffusion"}, "across": "layer",
                  "transition": "conv"},
    "tokens": {"block": "transformer", "widths": (8,), "layers": (1,), "stem": "tokens", "channels": 11},
    "drop-path": {"scheme": "fractalnet_drop_path"},
}  # fmt: skip
SLOW = ("drop-path",)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in NETWORKS])
def test_every_format_has_the_values_of_evaluation(name, tmp_path):
    torch.manual_seed(0)
    net = small(**NETWORKS[name]).train()
    for norm in (m for m in net.modules() if isinstance(m, nn.BatchNorm2d)):
        norm.running_mean.normal_(), norm.running_var.uniform_(0.5, 2)
    size = 6 if name == "tokens" else 8
    shape = (5, *net.input_shape(size))
    inputs = torch.randint(11, shape) if name == "tokens" else torch.randn(shape)
    write(net, tmp_path / "net.pt2", size, "export")
    assert net.training
    expected = net.eval()(inputs)
    torch.testing.assert_close(torch.export.load(tmp_path / "net.pt2").module()(inputs), expected)
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra `export` is not installed")
    write(net, tmp_path / "net.onnx", size, "onnx")
    (found,) = onnxruntime.InferenceSession(tmp_path / "net.onnx").run(None, {"inputs": inputs.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-4, atol=1e-4)


def test_a_program_of_torch_takes_batches_of_any_size(tmp_path):
    main(["emit", "lm2", "--layers", "2", "2", "--widths", "4", "8", "-o", f"{tmp_path}/net.pt2", "--image", "8"])
    program = torch.export.load(tmp_path / "net.pt2").module()
    for count in (1, 3, 5):
        assert program(torch.randn(count, 3, 8, 8)).shape == (count, 10)


def test_a_network_keeps_its_mode_where_its_graph_is_not_found(monkeypatch):
    net = small(scheme="euler").train()
    monkeypatch.setattr(torch.export, "export", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("no graph")))
    with pytest.raises(RuntimeError, match="no graph"):
        formats.exported(net, torch.zeros(2, 3, 8, 8))
    assert net.training


def test_a_package_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    with pytest.raises(OdenetsError, match=r"ONNX needs onnx, which is not installed: pip install 'odenets\[export\]'"):
        write(small(scheme="euler"), tmp_path / "net.onnx", 8, "onnx")
    assert not list(tmp_path.iterdir())


class Spectrum(nn.Module):
    """An operation that ONNX does not have."""

    def forward(self, u):
        return torch.linalg.eigvals(u[:, 0, :4, :4]).real


def test_what_onnx_does_not_have_is_a_sentence(tmp_path):
    pytest.importorskip("onnxscript", reason="the extra `export` is not installed")
    net = small(scheme="euler")
    net.head = nn.Sequential(Spectrum())
    with pytest.raises(OdenetsError, match=r"ONNX cannot hold this network \(.*\): take --format export"):
        write(net, tmp_path / "net.onnx", 8, "onnx")


def test_steps_that_are_solved_have_no_graph(tmp_path):
    net = small(scheme="implicit_midpoint", solver="anderson")
    with pytest.raises(OdenetsError, match=r"implicit_midpoint is implicit"):
        write(net, tmp_path / "net.pt2", 8, "export")
