"""Many independent paths of a stochastic differential equation, or their moments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from odenets.errors import OdenetsError
from odenets.noise.averages import Sums
from odenets.noise.walks import Fields, States, Walk
from schemes import Scheme

if TYPE_CHECKING:
    from odenets.equilibrium import Solver

PIECE = 2**20  # numbers of the states that go through together: fewer bound memory, and cost a piece 20 µs a step


def paths(
    scheme: Scheme,
    fields: Fields,
    u0: Tensor | States,
    *,
    h: Any,
    steps: int,
    noise: Collection[str] | None = None,
    moments: Sequence[int] = (),
    every: int | None = None,
    given: Mapping[str, Tensor] | None = None,
    solver: Solver | None = None,
) -> Any:
    """The states of independent paths after `steps` steps of size h, or their `Moments`.

    u' = V u + h B f(Y) with the table `schemes.diffusion.diffusive(scheme)`: slopes of size h, noise of size √h.

    fields   f(u) on (paths, …), a callable or module, or {field: callable or module}
    u0       a row a path, or a tuple, one a component of the scheme; u0.expand(paths, d) takes no memory
    noise    fields whose slopes are noise, as `diffusive` takes them
    moments  orders n of E u^n, in place of the states and without gradients; memory depends neither on the number of
             steps nor, where u0 takes none, on that of paths
    every    moments after each so many steps, not at the end alone
    given    random coefficients that are not drawn: {name: (steps, paths, …)}
    solver   of implicit stages

    What the scheme draws once a batch each path draws for itself. Paths go through in pieces that fit a cache: fields
    must not mix them. Gradients flow through all steps. Raises OdenetsError and SchemeError as `Walk` does.
    """
    parts = u0 if isinstance(u0, tuple) else (u0,)
    check(parts, given or {})
    walk = Walk(scheme, fields, h, noise=noise, dims=max(parts[0].dim() - 2, 0), solver=solver)
    pieces = cut(parts, given or {})
    if not moments:
        ends = [walk(u, steps, xi) for u, xi in pieces]
        joined = tuple(torch.cat(row) for row in zip(*ends, strict=True))
        return joined if isinstance(u0, tuple) else joined[0]
    if every is not None and not (isinstance(every, int) and 0 < every <= steps):
        raise OdenetsError(f"every = {every} of {steps} steps: take a whole number from 1 to {steps}")
    sums = Sums(tuple(moments))
    with torch.no_grad():
        for u, xi in pieces:
            for n, states in enumerate(walk.along(u, steps, xi), 1):
                if n == steps if every is None else n % every == 0:
                    sums.add(n, torch.cat(states, -1))
    return sums.moments()


def check(parts: States, given: Mapping[str, Tensor]) -> None:
    """Raises OdenetsError for states that are no rows of paths, and for what is given for other paths than these."""
    if not all(isinstance(u, Tensor) and u.dim() and len(u) for u in parts):
        raise OdenetsError("u0 has a row a path: take a tensor of shape (paths, …), or a tuple of them")
    count = len(parts[0])
    for name, xi in given.items():
        if xi.dim() < 2 or xi.shape[1] not in (1, count):
            raise OdenetsError(f"{name} is given as {tuple(xi.shape)}: take (steps, {count}, …), or (steps, 1, …)")


def cut(parts: States, given: Mapping[str, Tensor]) -> Iterator[tuple[States, dict[str, Tensor]]]:
    """Pieces of paths, and of what is given of them."""
    count = len(parts[0])
    rows = max(1, PIECE * count // max(1, sum(u.numel() for u in parts)))
    for low in range(0, count, rows):
        here = slice(low, low + rows)
        yield (
            tuple(u[here] for u in parts),
            {name: xi if xi.shape[1] == 1 else xi[:, here] for name, xi in given.items()},
        )
