"""The stochastic differential equation of a network with random coefficients."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import torch

from odenets.continuous.by_torchsde import ITO
from odenets.continuous.deterministic import Model, Twin, built, warn_of_batches
from odenets.continuous.intervals import Interval, flows
from odenets.continuous.noises import noises
from odenets.continuous.sampling import Leg, Sampling
from odenets.depth.chains import size, stages
from odenets.depth.times import holders, number
from odenets.errors import OdenetsError
from odenets.stages import Stage
from odenets.wiring import Step
from schemes import components

SCALINGS = ("network", "limit")


def sde(
    model: Model, method: str = "euler", dt: float = 0.1, *, scaling: str = "network", adjoint: bool = False
) -> Twin:
    """The Itô equation of a network with random coefficients: dX = E[w] f dt + Σ_k √D_k l_k f dB_k.

    w are the weights of the fields in a step, read off its table, Σ_k D_k l_k l_kᵀ is their covariance: stochastic
    depth is dX = p f dt + √(p(1-p)) f dB, Shake-Shake dX = ½ (f1 + f2) dt + (f1 - f2)/√12 dB, Gaussian noise
    dX = f dt + σ dB. One Brownian motion a coefficient that stands alone and linear, as many as the covariance has rank
    where weights are products of draws or are drawn together; the same for a whole batch, for a sample, a channel, or
    an element.

    model    a network, whose modules the twin shares; in evaluation coefficients are their means and dB is 0
    method   of torchsde: euler, milstein or srk; where a step has several coefficients, euler
    dt       the longest step of the solver, in the time of the equation; none reaches over a step of the network
    scaling  "network": a step of the network takes the time 1, and X gets its mean and its variance (σ ∂w/∂ξ h f)².
             "limit": a step takes h, and its noise is √h (ξ - E ξ): the equation of Lu et al. 2018, the limit of
             networks whose noise is scaled so. With h = 1 both are one. Noise that h alone scales dies as O(h), and
             such networks tend to the ODE of their mean
    adjoint  gradients from the adjoint equation (torchsde.sdeint_adjoint)

    Draws follow torch.manual_seed. Raises OdenetsError where no coefficient is random, where one is drawn for the whole
    network (global drop-path), where stages read the noise of their step (heun_stratonovich), and as `ode` does.
    Source: Lu et al. 2018 (arXiv 1710.10121), section 3; the solvers: Li et al. 2020 (arXiv 2001.01328).
    """
    if method not in ITO:
        raise OdenetsError(f"method = {method!r}: take {', '.join(ITO)}, the methods of Itô's equations")
    if scaling not in SCALINGS:
        raise OdenetsError(f"scaling = {scaling!r}: take {' or '.join(map(repr, SCALINGS))}")
    if not 0 < dt < inf:
        raise OdenetsError(f"dt = {dt} is the length of a step: take a positive one, such as 0.1")
    network = built(model)
    chains = [legs(stage, scaling) for stage in stages(network)]
    warn_of_batches([[leg.interval for leg in own] for own in chains])
    if not any(leg.noises for own in chains for leg in own):
        raise OdenetsError(f"{network.spec.label} draws no coefficient: take ode, or a scheme like stochastic_depth")
    solvers = [
        Sampling(stage, own, method, dt, adjoint) if own else None
        for stage, own in zip(stages(network), chains, strict=True)
    ]
    return Twin(network, solvers)


def legs(stage: Stage, scaling: str) -> list[Leg]:
    """The equation of each step of a chain: its drift, its noises, and the time that it takes."""
    time = Fraction(1) if scaling == "network" else length(stage)
    found = []
    for flow in flows(stage):
        own = noises(flow.step, flow)
        if own:
            check_decay(flow.step)
        found.append(Leg(Interval((flow,), stage.start.axis), [x for x, _ in own], [per for _, per in own], time))
    return found


def check_decay(step: Step) -> None:
    """Raises OdenetsError where a mode of the step besides the slow ones does not die out, as both roots of leapfrog:
    noise would add up in it, and the equation knows the slow ones alone."""
    mean, held = step.scheme.mean(), holders(step)
    V = torch.tensor([[float(number(x, held)) for x in row] for row in mean.V], dtype=torch.float64)
    sizes = torch.linalg.eigvals(V).abs().sort(descending=True).values[len(components(mean)) :]
    if len(sizes) and sizes[0] > 1 - 1e-9:
        raise OdenetsError(
            f"{step.scheme.name} has a mode of size {float(sizes[0]):.3g} beside the slow ones, in which noise adds up "
            "unknown to the equation: take a strictly zero-stable scheme"
        )


def length(stage: Stage) -> Fraction:
    """h of the chain. Raises OdenetsError for a learned one."""
    if isinstance(h := size(stage), Fraction):
        return h
    raise OdenetsError("h is learned and the limit scales the noise with it: give a number, or scaling = 'network'")
