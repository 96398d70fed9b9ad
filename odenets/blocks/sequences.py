"""Fields on sequences of tokens (N, T, C): the two halves of a transformer layer, and the layer as one increment.

The norm comes first (pre-LN: Xiong et al., On layer normalization in the transformer architecture, 2020), so the sum
stays the scheme's; attention is Vaswani et al. 2017, section 3.2.
"""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from odenets.blocks.parts import ACTIVATIONS, NORMS, Block, dropped, either
from odenets.errors import OdenetsError


def xavier(linear: nn.Module) -> None:
    """Glorot's uniform initialisation, as in torch.nn.MultiheadAttention; biases 0."""
    if isinstance(linear, nn.Linear):
        nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(linear.bias)


class Tokens(Block):
    """What blocks on tokens have in common."""

    kind = "tokens"
    norms = ("layer", "none")

    def initialise(self) -> None:
        """Glorot for every linear map, biases 0."""
        self.apply(xavier)


class Attention(Tokens):
    """norm - self-attention of `heads` heads - linear: A(u) = W_O softmax(q kᵀ / √d) v, (q, k, v) = W N(u).

    causal   a token sees itself and those before it
    dropout  of attention weights and of the value, in training

    It has no activation of its own. Raises OdenetsError where the heads do not divide the channels.
    """

    name = "attention"
    convolutions = 2

    def __init__(
        self, cin: int, cout: int | None = None, stride: int = 1, *, activation: str = "gelu", norm: str = "layer",
        placement: str = "pre", heads: int = 4, causal: bool = False, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        cout = cin if cout is None else cout
        self.check(cin, cout, stride, activation=activation, norm=norm, placement=placement)
        if heads < 1 or cout % heads:
            divisors = either(n for n in range(1, cout + 1) if cout % n == 0)
            raise OdenetsError(f"{heads} attention heads do not divide {cout} channels: take {divisors}")
        super().__init__()
        self.heads, self.causal, self.p = heads, causal, dropout
        self.norm = NORMS[norm](cout)
        self.qkv = nn.Linear(cout, 3 * cout)
        self.out = nn.Linear(cout, cout)
        self.dropout = dropped(dropout)
        self.initialise()

    def forward(self, u: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm(u)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind()
        p = self.p if self.training else 0.0
        seen = scaled_dot_product_attention(q, k, v, dropout_p=p, is_causal=self.causal)
        return cast(Tensor, self.dropout(self.out(seen.transpose(1, 2).flatten(2))))


class Feedforward(nn.Sequential, Tokens):
    """norm - linear - activation - linear, M(u) = W₂ σ(W₁ N(u)) token by token; ratio · C units inside."""

    name = "feedforward"
    convolutions = 2

    def __init__(
        self, cin: int, cout: int | None = None, stride: int = 1, *, activation: str = "gelu", norm: str = "layer",
        placement: str = "pre", ratio: float = 4, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        cout = cin if cout is None else cout
        self.check(cin, cout, stride, activation=activation, norm=norm, placement=placement)
        hidden = int(ratio * cout)
        if hidden < 1:
            raise OdenetsError(f"feedforward of ratio {ratio} has no units at {cout} channels: take a larger ratio")
        super().__init__(
            NORMS[norm](cin), nn.Linear(cin, hidden), ACTIVATIONS[activation](), dropped(dropout),
            nn.Linear(hidden, cout), dropped(dropout),
        )  # fmt: skip
        self.initialise()


class TransformerBlock(Tokens):
    """A whole pre-LN layer as one increment, F(u) = A(u) + M(u + A(u)): u + F(u) is the layer.

    wire(get("heun2"), TransformerBlock(64)) is the ODE transformer's second-order block (Li et al. 2022, section 3).
    """

    name = "transformer"
    convolutions = Attention.convolutions + Feedforward.convolutions

    def __init__(
        self, cin: int, cout: int | None = None, stride: int = 1, *, activation: str = "gelu", norm: str = "layer",
        placement: str = "pre", heads: int = 4, causal: bool = False, ratio: float = 4, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        kind: dict[str, Any] = {"activation": activation, "norm": norm, "placement": placement}
        cout = cin if cout is None else cout
        self.check(cin, cout, stride, **kind)
        super().__init__()
        self.attention = Attention(cin, cout, heads=heads, causal=causal, dropout=dropout, **kind)
        self.feedforward = Feedforward(cin, cout, ratio=ratio, dropout=dropout, **kind)

    def forward(self, u: Tensor) -> Tensor:
        a = self.attention(u)
        return cast(Tensor, a + self.feedforward(u + a))
