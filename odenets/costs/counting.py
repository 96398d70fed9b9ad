"""Numbers of parameters, and multiply-adds of a forward pass, counted on the meta device."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log2, prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from odenets.coefficients import learned, raw
from odenets.errors import OdenetsError
from schemes import Scheme


@dataclass(frozen=True)
class Size:
    """How many numbers a network holds.

    weights       trained, of blocks, stem, transitions and head
    coefficients  trained, of the schemes: k_n of LM-ResNet
    buffers       not trained: running statistics, fixed positions
    """

    weights: int
    coefficients: int
    buffers: int

    @property
    def parameters(self) -> int:
        """All that is trained."""
        return self.weights + self.coefficients


def size(network: nn.Module) -> Size:
    """Parameters and buffers of a network, those that are shared counted once."""
    learned = {id(p) for p in coefficients(network)}
    found = sum(p.numel() for p in network.parameters() if id(p) in learned)
    return Size(count(network.parameters()) - found, found, count(network.buffers()))


def count(tensors: Iterable[Tensor]) -> int:
    return sum(x.numel() for x in tensors)


def coefficients(network: nn.Module) -> Iterator[nn.Parameter]:
    """The parameters behind the learned coefficients of every step, behind their constraints."""
    for module in network.modules():
        if isinstance(scheme := getattr(module, "scheme", None), Scheme):
            yield from (raw(module, name) for name in learned(scheme))


def multiply_adds(network: nn.Module, shape: Tensor | Sequence[int]) -> int:
    """Multiply-adds of the forward pass of one example at evaluation: those of convolutions and matrix products.

    shape: of the input, (N, C, H, W), (N, T, C), (N, T) for token numbers, or a tensor; N is taken as 1.
    Grouped and transposed convolutions count in full, attention by its two products of all pairs, an FFT of n real
    points as 5/4 n log₂ n. Sums of a scheme, norms, activations and pooling are not counted, the convention of the
    published figures; nor are products with a lone vector (torch.mv) and solutions of linear systems. Of stages that
    are solved the first and the last evaluation count, not the iterations.
    Source: He et al. 2016 (Deep residual learning), table 1, for "FLOPs" as multiply-adds.
    """
    model = twin(network).eval()
    with FlopCounterMode(display=False, custom_mapping=TRANSFORMS) as counter, torch.no_grad():
        model(inputs(network, shape, 1))
    return int(counter.get_total_flops()) // 2


def transform_flop(shape: Sequence[int], axes: Sequence[int], *_: Any, out_shape: Sequence[int] = ()) -> int:
    """5 n log₂ n operations of each complex Fourier transform of n points. Source: FFTW, benchFFT, "mflops"."""
    larger = max(shape, out_shape, key=prod)
    return int(5 * prod(larger) * log2(max(2, prod(larger[axis] for axis in axes))))


def real_transform_flop(*args: Any, **kwargs: Any) -> int:
    return transform_flop(*args, **kwargs) // 2


TRANSFORMS = {
    torch.ops.aten._fft_c2c: transform_flop,
    torch.ops.aten._fft_r2c: real_transform_flop,
    torch.ops.aten._fft_c2r: real_transform_flop,
}


# ---- networks without memory ---------------------------------------------------------------------------------------


def on_meta(tensor: Tensor) -> Tensor:
    empty = tensor.detach().to("meta")
    return nn.Parameter(empty, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else empty


def twin(network: nn.Module, empty: Callable[[Tensor], Tensor] = on_meta) -> nn.Module:
    """The network with tensors without memory; those of the network itself are neither copied nor touched."""
    return copy.deepcopy(network, {id(x): empty(x) for x in (*network.buffers(), *network.parameters())})


def inputs(
    network: nn.Module, shape: Tensor | Sequence[int], examples: int | None = None, device: str | torch.device = "meta"
) -> Tensor:
    """An input of zeros: `examples` of them in place of the first axis, in the type that the network takes.

    That is the type of its first parameter, or whole numbers for (N, T) where an embedding reads them.
    """
    if isinstance(shape, Tensor):
        axes, dtype = tuple(shape.shape), shape.dtype
    else:
        axes, dtype = tuple(shape), next((p.dtype for p in network.parameters()), torch.get_default_dtype())
        stem = getattr(network, "stem", network)
        if len(axes) == 2 and any(isinstance(m, nn.Embedding) for m in stem.modules()):
            dtype = torch.long
    if len(axes) < 2 or min(axes) < 1:
        raise OdenetsError(f"an input of shape {axes} has no examples: give (N, C, H, W), (N, T, C) or (N, T)")
    return torch.zeros((examples or axes[0], *axes[1:]), dtype=dtype, device=device)
