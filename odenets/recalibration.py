"""Batch norm statistics of the network that is evaluated, where training has drawn another one."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from odenets.depth.blends import Blend


@torch.no_grad()
def recalibrate(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set running means and variances to their averages over batches, random coefficients at their means.

    With drop-path those of training are of single columns; the mean of several has a smaller variance, and the
    difference grows from layer to layer. As for averaged weights: Izmailov et al. 2018, section 3.2. Leaves the
    network in evaluation mode.
    """
    network.eval()
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    blends = [module for module in network.modules() if isinstance(module, Blend)]  # with statistics of their own
    momenta = [norm.momentum for norm in norms]
    for blend in blends:
        blend.reset_running_stats()
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        norm.momentum = None  # equal weights
    for images in batches:
        network(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
