"""Fields whose Jacobians have a known spectrum by construction: antisymmetric, symmetric and Hamiltonian ones.

σ has a slope σ' ≥ 0. K is a 3×3 convolution with zeros around the image, or a matrix on the last axis (…_vectors); Kᵀ
is its exact adjoint. A norm N, where one is asked for, stands between K and σ (Ruthotto, Haber 2020): what is said
of Jacobians then holds at evaluation and for norm weights ≥ 0 only.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from odenets.blocks.parts import ACTIVATIONS, NORMS, Block
from odenets.errors import OdenetsError


class Images:
    """Linear maps of images: 3×3 convolutions."""

    kind = "images"
    norms = ("batch", "group", "none")

    @staticmethod
    def unit(channels: int) -> Tensor:
        return functional.pad(torch.eye(channels)[:, :, None, None], (1, 1, 1, 1))

    @staticmethod
    def product(K: Tensor, u: Tensor, b: Tensor | None = None) -> Tensor:
        return functional.conv2d(u, K, b, padding=1)

    @staticmethod
    def transposed(K: Tensor) -> Tensor:
        return K.transpose(0, 1).flip(2, 3)


class Vectors:
    """Linear maps of the last axis: matrices."""

    kind = "vectors"
    norms = ("layer", "none")

    @staticmethod
    def unit(channels: int) -> Tensor:
        return torch.eye(channels)

    @staticmethod
    def product(K: Tensor, u: Tensor, b: Tensor | None = None) -> Tensor:
        return functional.linear(u, K, b)

    @staticmethod
    def transposed(K: Tensor) -> Tensor:
        return K.mT


class Conservative(Block):
    """A square K, a bias b (the norm's own where there is a norm) and σ; no norm unless one is named."""

    activations = ("relu", "softplus", "tanh")
    maps: ClassVar[type[Images] | type[Vectors]] = Images

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, activation: str = "tanh", norm: str = "none",
        placement: str = "pre",
    ) -> None:  # fmt: skip
        self.check(cin, cout, stride, activation=activation, norm=norm, placement=placement)
        super().__init__()
        self.weight = nn.Parameter(torch.empty_like(self.maps.unit(cout)))
        self.bias = nn.Parameter(torch.empty(cout)) if norm == "none" else None
        self.norm = NORMS[norm](cout)
        self.activation = ACTIVATIONS[activation]()
        self.initialise()

    def initialise(self) -> None:
        """K normal of variance 1 / (4 · inputs), so ‖K‖ ≈ 1: h KᵀK lies in Euler's interval for h < 2; b = 0."""
        nn.init.normal_(self.weight, std=0.5 * self.weight[0].numel() ** -0.5)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def layer(self, K: Tensor, u: Tensor) -> Tensor:
        """σ(N(Ku + b))."""
        return cast(Tensor, self.activation(self.norm(self.maps.product(K, u, self.bias))))


class Antisymmetric(Conservative):
    """f(u) = σ(½(W - Wᵀ - γI)u + b), γ ≥ 0.

    Its Jacobian is D·½(W - Wᵀ - γI) with D = diag σ': the spectrum lies on Re = -γ/2 where σ' = 1, and between
    -γ/2 max σ' and 0 everywhere. γ = 0 suits leapfrog, which is stable on the imaginary axis alone; γ > 0 the others.
    Haber, Ruthotto 2017 (Stable architectures for deep neural networks); Chang et al. 2018, midpoint network.
    """

    name = "antisymmetric"
    convolutions = 1

    unit: Tensor

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, activation: str = "tanh", norm: str = "none",
        placement: str = "pre", gamma: float = 0.0,
    ) -> None:  # fmt: skip
        if gamma < 0:
            raise OdenetsError(f"gamma = {gamma} makes {self.name} blocks grow: take 0 or more")
        super().__init__(cin, cout, stride, activation=activation, norm=norm, placement=placement)
        self.gamma = gamma
        self.register_buffer("unit", self.maps.unit(cout), persistent=False)

    def matrix(self) -> Tensor:
        """½(W - Wᵀ - γI)."""
        return (self.weight - self.maps.transposed(self.weight) - self.gamma * self.unit) / 2

    def forward(self, u: Tensor) -> Tensor:
        return self.layer(self.matrix(), u)


class Symmetric(Conservative):
    """f(u) = -Kᵀσ(Ku + b), the gradient flow of Σ S(Ku + b) with S' = σ.

    Its Jacobian -Kᵀ diag(σ') K is symmetric and negative semidefinite: a parabolic network, whose Euler steps contract
    for h ‖K‖² max σ' ≤ 2. Ruthotto, Haber 2020 (Deep neural networks motivated by partial differential equations).
    """

    name = "symmetric"
    convolutions = 2
    sign: ClassVar[int] = -1

    def forward(self, u: Tensor) -> Tensor:
        return self.maps.product(self.sign * self.maps.transposed(self.weight), self.layer(self.weight, u))


class Hamiltonian(Symmetric):
    """f(y) = ∂H/∂y = K₁ᵀσ(K₁y + b₁), with g(x) = -∂H/∂x = -K₂ᵀσ(K₂x + b₂) beside it.

    H(x, y) = Σ S(K₁y + b₁) + Σ S(K₂x + b₂), S' = σ, is separable: steps of Störmer–Verlet and of RevNet (symplectic
    Euler) are symplectic, through layers of any K. The class is f; `pair` gives both.
    Chang et al. 2018 (Reversible architectures for arbitrarily deep residual neural networks), Hamiltonian network.
    """

    name = "hamiltonian"
    tied = True
    sign = 1
    partner: ClassVar[type[Symmetric]] = Symmetric

    @classmethod
    def pair(cls, cin: int, cout: int, stride: int = 1, **options: Any) -> tuple[Self, Symmetric]:
        """The blocks of f and g, each with its own K and b."""
        return cls(cin, cout, stride, **options), cls.partner(cin, cout, stride, **options)


class Opposite(Conservative):
    """g(x) = -σ(Kᵀx + b)."""

    name = "hamiltonian_tied"
    convolutions = 1

    def forward(self, u: Tensor) -> Tensor:
        return -self.layer(self.maps.transposed(self.weight), u)


class Tied(Conservative):
    """f(y) = σ(Ky + b), with g(x) = -σ(Kᵀx + b) beside it: K and b are shared.

    Hamiltonian in (x, p = Ky) with H = Σ S(Kᵀx + b) + Σ S(p + b), so a step J keeps the form JᵀΩJ = Ω with
    Ω = (0 K; -Kᵀ 0), not the canonical one; layers of different K keep volume only. The class is f; `pair` gives both.
    Haber, Ruthotto 2017, Hamiltonian inspired network: y' = σ(Kz + b), z' = -σ(Kᵀy + b).
    """

    name = "hamiltonian_tied"
    convolutions = 1
    tied = True
    partner: ClassVar[type[Opposite]] = Opposite

    @classmethod
    def pair(cls, cin: int, cout: int, stride: int = 1, **options: Any) -> tuple[Self, Opposite]:
        """The blocks of f and g, one K and one b between them."""
        f, g = cls(cin, cout, stride, **options), cls.partner(cin, cout, stride, **options)
        g.weight, g.bias = f.weight, f.bias
        return f, g

    def forward(self, u: Tensor) -> Tensor:
        return self.layer(self.weight, u)


class AntisymmetricVectors(Antisymmetric):
    """The antisymmetric field with a matrix W on the last axis."""

    name, kind, norms, maps = "antisymmetric_vectors", Vectors.kind, Vectors.norms, Vectors


class SymmetricVectors(Symmetric):
    """The symmetric field with a matrix K on the last axis."""

    name, kind, norms, maps = "symmetric_vectors", Vectors.kind, Vectors.norms, Vectors


class HamiltonianVectors(Hamiltonian):
    """The Hamiltonian pair with matrices K on the last axis."""

    name, kind, norms, maps = "hamiltonian_vectors", Vectors.kind, Vectors.norms, Vectors
    partner = SymmetricVectors


class OppositeVectors(Opposite):
    """The opposite with a matrix K on the last axis."""

    name, kind, norms, maps = "hamiltonian_tied_vectors", Vectors.kind, Vectors.norms, Vectors


class TiedVectors(Tied):
    """The tied pair with a matrix K on the last axis."""

    name, kind, norms, maps = "hamiltonian_tied_vectors", Vectors.kind, Vectors.norms, Vectors
    partner = OppositeVectors
