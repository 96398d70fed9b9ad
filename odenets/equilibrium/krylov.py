"""Newton's correction by GMRES: products with the derivative alone, no matrix."""

from __future__ import annotations

import torch
from torch import Tensor

from odenets.equilibrium.mixing import Map


def gmres(product: Map, right: Tensor, depth: int, tolerance: float) -> tuple[Tensor, int]:
    """(x, products taken): A x = right up to tolerance · ‖right‖, or the best of the first `depth` Krylov spaces.

    One space for the whole batch, whose samples a batch norm couples. Arnoldi's vectors are orthogonalised twice.
    Source: Saad, Schultz, SIAM J. Sci. Stat. Comput. 7 (1986), algorithm 4.
    """
    size = right.norm()
    if not size > 0:
        return torch.zeros_like(right), 0
    basis = (right / size).reshape(1, -1)
    columns: list[Tensor] = []
    y = torch.zeros(0, dtype=right.dtype, device=right.device)
    for k in range(1, depth + 1):
        w = product(basis[-1].reshape(right.shape)).reshape(-1)
        first = basis @ w
        w = w - first @ basis
        again = basis @ w
        w = w - again @ basis
        norm = w.norm()
        columns.append(torch.cat([first + again, norm.reshape(1)]))
        H = torch.stack([torch.cat([c, c.new_zeros(k + 1 - len(c))]) for c in columns], 1)
        e = torch.zeros(k + 1, 1, dtype=right.dtype, device=right.device)
        e[0] = size
        y = torch.linalg.lstsq(H, e).solution.squeeze(1)
        miss = (H @ y - e.squeeze(1)).norm()
        if not miss > tolerance * size or not norm > torch.finfo(right.dtype).eps * first.norm():
            break
        basis = torch.cat([basis, (w / norm).reshape(1, -1)])
    return (y @ basis[: len(y)]).reshape(right.shape), len(columns)


def derivative(g: Map, x: Tensor) -> tuple[Tensor, Map]:
    """g(x) and v ↦ g'(x) v: the gradient, in w, of the gradient wᵀg'(x), which asks of blocks no forward mode."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        y = g(x)
        w = torch.zeros_like(y, requires_grad=True)
        (pulled,) = torch.autograd.grad(y, x, w, create_graph=True, materialize_grads=True)

    def product(v: Tensor) -> Tensor:
        return torch.autograd.grad(pulled, w, v, retain_graph=True, materialize_grads=True)[0]

    return y.detach(), product
