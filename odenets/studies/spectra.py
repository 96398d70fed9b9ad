"""Block spectra: eigenvalues hλ of the Jacobian of each step's block at test images, beside the step's own region.

A block is the increment h f, so h is 1 and z = hλ. Three things to know before these numbers are read. An eigenvalue
with Re z > 0 and small |z| is outside the region of every consistent scheme: there u' = λu itself grows. A mode that
grows is no error of a network of 9 blocks: classes are told apart by what grows. And coefficients are frozen: the
Jacobian changes from step to step and is not normal, so an eigenvalue speaks of one step alone.
Source: Hairer, Nørsett, Wanner, Solving ODEs I, III.3; Lehoucq, Sorensen, Yang, ARPACK Users' Guide.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from analysis.stability import spectral_radius
from odenets.advice.families import recovered
from odenets.coefficients import learned
from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.obeys.curves import folded
from odenets.obeys.stages import blocks_of, scalar, with_values
from odenets.spec import Spec
from odenets.studies.measured import Measured
from odenets.tables import mapped_fields
from odenets.wiring import Step
from schemes import Scheme, SchemeError, dumps
from schemes.rewriting import needed

KINDS = ("LM", "SR", "LR")  # largest modulus, smallest and largest real part
TOLERANCE = 1e-3  # relative; against LAPACK in float64 the values were then good to 2e-4
RESTARTS = 25  # with bases of 3 count + 4 vectors; of 2 count + 1 a third did not converge
DENSE = 256  # up to this size all eigenvalues, by LAPACK
ROUNDING = 1e-9  # of |ζ| = 1

Values = npt.NDArray[np.complex128]
Product = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


def spectra(about: Measured, images: int = 3, count: int = 12) -> dict[str, Any]:
    """Leading eigenvalues z of every step's block at single test images, after training and before.

        inside_…  the share of them with |ζ| ≤ 1, ζ the largest eigenvalue of the step's stability matrix M(z)
        growth_…  the largest |ζ|; both None where none converged

    Asked are `count` of each of KINDS, in union and with their conjugates; converged_… says how many came, by image.
    "after" and "before" are [re, im] without unit, by image. table_… is the step's scheme with its coefficients as
    they are, start-up steps by what starts them; k is its k. Stage and step are counted from 0, as Network.steps.
    A step that cannot be looked at has a "sentence". A block that is evaluated several times is taken at the first.
    """
    inputs, _ = about.images(images)
    pairs = zip(looks(about.network, inputs, count), looks(about.before, inputs, count), strict=True)
    return {"images": images, "asked": count, "kinds": list(KINDS), "steps": [joined(*pair) for pair in pairs]}


def joined(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """One row of a step's two."""
    place = {name: after[name] for name in ("stage", "step")}
    for row in (after, before):
        if "sentence" in row:
            return place | {"sentence": row["sentence"]}
    told = {
        f"{name}_{when}": row[name]
        for when, row in (("after", after), ("before", before))
        for name in ("table", "inside", "growth", "converged")
    }
    named = {"scheme": after["scheme"], "k": after["k"], "k_before": before["k"]}
    return {**place, **named, "after": after["values"], "before": before["values"], **told}


@torch.no_grad()
def looks(network: Network, inputs: Tensor, count: int) -> list[dict[str, Any]]:
    """What is seen at each step of one network."""
    rows = []
    for (stage, number, step), state in zip(network.steps(), read_states(network, inputs), strict=True):
        row: dict[str, Any] = {"stage": stage, "step": number}
        try:
            row |= look(network.spec, step, state, count)
        except OdenetsError as error:
            row["sentence"] = str(error)
        rows.append(row)
    return rows


def look(spec: Spec, step: Step, state: Tensor | None, count: int) -> dict[str, Any]:
    """Eigenvalues at each row of the state, and what the step makes of them. Raises OdenetsError where it has none."""
    block = field_of(spec, step)
    values = {name: scalar(step, name) for name in learned(step.scheme)}
    if state is None or not all(np.isfinite(x) for x in values.values()):
        raise OdenetsError(
            "it was not reached, or its coefficients are no numbers: look at a run that has not diverged"
        )
    table, _ = with_values([step])
    values |= {name: float(x) for name, x in chosen(step.scheme).items()}
    found = [extremes(*linear(block, state[i : i + 1]), count) for i in range(len(state))]
    written = [[[short(z.real), short(z.imag)] for z in union(kinds)] for kinds in found]
    growth = spectral_radius(table, [complex(*z) for row in written for z in row])
    return {
        "scheme": ", ".join([table.name, *(f"{name} = {x:.3g}" for name, x in values.items())]),
        "k": values.get("k"),
        "table": json.loads(dumps(table, "json")),
        "values": written,
        "inside": float((growth <= 1 + ROUNDING).mean()) if growth.size else None,
        "growth": float(growth.max()) if growth.size else None,
        "converged": [[len(values) for values in kinds] for kinds in found],
    }


def chosen(scheme: Scheme) -> dict[str, Any]:
    """The numbers with which a family's table was made; nothing where a start or a change of shape made another."""
    family, values = recovered(scheme)
    try:
        return values if family.at(**values).table == scheme.table else {}
    except SchemeError:
        return {}


def short(x: float) -> float:
    """Five digits."""
    return float(f"{x:.5g}")


def field_of(spec: Spec, step: Step) -> nn.Module:
    """The one block of a step. Raises OdenetsError where there are two or none is h f."""
    names = list(dict.fromkeys(step.block_names[i] for i in needed(step.scheme.mean())))
    if len(names) != 1:
        raise OdenetsError(
            f"it evaluates {' and '.join(names)}, which share no eigenvalues: look at a step of one block"
        )
    if not step.scheme.explicit:
        raise OdenetsError("it is implicit, its block is read where the solver ends: look at an explicit step")
    if mapped_fields(spec, step.scheme):
        raise OdenetsError("its block is a map and not an increment h f: look at a network with residual = True")
    return blocks_of(step)[names[0]]


def read_states(network: Network, inputs: Tensor) -> list[Tensor | None]:
    """What the blocks of each step read first while the inputs pass through."""
    steps = [step for *_, step in network.steps()]
    found: list[Tensor | None] = [None] * len(steps)
    here = [0]

    def enter(number: int) -> Callable[..., None]:
        return lambda *_: here.__setitem__(0, number)

    def read(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        if found[here[0]] is None:
            found[here[0]] = given[0].clone()

    blocks = dict.fromkeys(getattr(step, name) for step in steps for name in step.block_names)
    handles = [step.register_forward_pre_hook(enter(n)) for n, step in enumerate(steps)]
    handles += [block.register_forward_pre_hook(read) for block in blocks]
    try:
        network(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return found


def linear(block: nn.Module, u: Tensor) -> tuple[Product, int]:
    """v ↦ f'(u) v on flat vectors, and their length. Raises OdenetsError where f(u) is no number or of another shape.

    The block runs in its own precision. Linearised once (a fifth of a second), a product costs a seventh of one by
    torch.func.jvp, and gives the same bits.
    """
    block = folded(copy.deepcopy(block)).requires_grad_(False)
    for module in block.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False  # it would write into the constants of the linear map
    value = block(u)
    if value.shape != u.shape:
        ins, outs = (" × ".join(map(str, x.shape[1:])) for x in (u, value))
        raise OdenetsError(f"it crosses shapes, from {ins} to {outs}: a map between two spaces has no eigenvalues")
    if not value.isfinite().all():
        raise OdenetsError("its block gives values that are no numbers: look at a run that has not diverged")
    with warnings.catch_warnings():  # of a constant in its graph, which it finds again
        warnings.filterwarnings("ignore", message="Attempted to insert a get_attr Node")
        _, jvp = torch.func.linearize(block, u)

    def product(v: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        tangent: Tensor = jvp(torch.from_numpy(np.ravel(v)).to(u).reshape(u.shape))
        return np.asarray(tangent.flatten().double().cpu().numpy())

    return product, u.numel()


def extremes(product: Product, size: int, count: int) -> list[Values]:
    """Up to `count` eigenvalues of each of KINDS, those that converge; the start vector is of one seed."""
    if size <= max(DENSE, 4 * count + 8):
        every = np.linalg.eigvals(np.stack([product(v) for v in np.eye(size)], axis=1)).astype(complex)
        return [every[np.argsort(key)[:count]] for key in (-abs(every), every.real, -every.real)]
    start = np.random.default_rng(0).standard_normal(size)
    if not product(start).any():  # a block that starts as 0
        return [np.zeros(1, complex) for _ in KINDS]
    return [arnoldi(product, start, count, kind) for kind in KINDS]


def arnoldi(product: Product, start: npt.NDArray[np.float64], count: int, kind: str) -> Values:
    from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigs

    operator = LinearOperator((start.size, start.size), matvec=product, dtype=np.float64)
    try:
        found = eigs(operator, count, which=kind, v0=start, ncv=3 * count + 4, maxiter=RESTARTS, tol=TOLERANCE,
                     return_eigenvectors=False)  # fmt: skip
    except ArpackNoConvergence as error:
        found = error.eigenvalues
    except ArpackError:
        found = []
    return np.asarray(found, complex)


def union(kinds: Iterable[Sequence[complex] | Values]) -> list[complex]:
    """All of several searches, each once and with its conjugate, the largest first."""
    rows = [np.asarray(row, complex) for row in kinds]
    nearest = 5 * TOLERANCE * max((abs(z) for row in rows for z in row), default=0.0)
    kept = np.empty(0, complex)
    for row in rows:  # one search never finds a value twice, two may
        upper = np.unique(row.real + 1j * abs(row.imag))
        kept = np.append(kept, [z for z in upper if not kept.size or abs(kept - z).min() > nearest])
    pairs = np.append(kept, kept[kept.imag > 0].conj())
    return [complex(z) for z in pairs[np.lexsort((pairs.imag, pairs.real, -abs(pairs)))]]
