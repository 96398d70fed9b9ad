"""Blocks: the fields f of a network, by name. Each maps a state to an increment h f, without the shortcut.

convolutional  basic, bottleneck, resnext, conv         sequences  attention, feedforward, transformer
conservative   antisymmetric, symmetric, hamiltonian    implicit   diffusion       vectors  mlp
"""

from __future__ import annotations

from odenets.blocks.conservative import (
    Antisymmetric,
    AntisymmetricVectors,
    Hamiltonian,
    HamiltonianVectors,
    Symmetric,
    SymmetricVectors,
    Tied,
    TiedVectors,
)
from odenets.blocks.convolutional import Basic, Bottleneck, Conv, ResNeXt
from odenets.blocks.implicit import Diffusion
from odenets.blocks.parts import ACTIVATIONS, NORMS, Block
from odenets.blocks.sequences import Attention, Feedforward, TransformerBlock
from odenets.blocks.vectors import MLP, Dense, Field

__all__ = [
    "ACTIVATIONS",
    "BLOCKS",
    "MLP",
    "NORMS",
    "Attention",
    "Basic",
    "Block",
    "Bottleneck",
    "Feedforward",
    "Field",
    "ResNeXt",
    "TransformerBlock",
]

BLOCKS: dict[str, type[Block]] = {
    block.name: block
    for block in (
        Basic, Bottleneck, ResNeXt, Conv, Attention, Feedforward, TransformerBlock, Antisymmetric, Symmetric,
        Hamiltonian, Tied, Diffusion, Dense, AntisymmetricVectors, SymmetricVectors, HamiltonianVectors, TiedVectors,
    )
}  # fmt: skip
