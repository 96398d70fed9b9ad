"""Multistep schemes: the classical ones, and the linear multistep networks."""

from typing import Any

from schemes import families
from schemes.builders import formula, multistep
from schemes.laws import Uniform
from schemes.parameters import chosen, learned
from schemes.registry import register
from schemes.scheme import Scheme


@register(order=2)
def ab2() -> Scheme:
    """Two-step Adams–Bashforth."""
    return families.adams_bashforth(2)


@register(order=3)
def ab3() -> Scheme:
    """Three-step Adams–Bashforth."""
    return families.adams_bashforth(3)


@register(order=4)
def ab4() -> Scheme:
    """Four-step Adams–Bashforth."""
    return families.adams_bashforth(4)


@register(order=3)
def adams_moulton(steps: int = 2) -> Scheme:
    """Adams–Moulton of any number of steps; one step is the trapezoid."""
    return families.adams_moulton(steps)


@register(order=2)
def bdf(steps: int = 2) -> Scheme:
    """Backward differentiation formula of any number of steps; zero-stable up to six, L-stable up to two."""
    return families.bdf(steps)


@register(order=3)
def nystrom(steps: int = 3) -> Scheme:
    """Explicit Nyström scheme of any number of steps; two are the leapfrog."""
    return families.nystrom(steps)


@register(order=4)
def milne_simpson(steps: int = 2) -> Scheme:
    """Milne–Simpson scheme of any number of steps; two are Simpson's rule."""
    return families.milne_simpson(steps)


@register(order=2)
def leapfrog() -> Scheme:
    """Two-step midpoint rule u[n+1] = u[n-1] + 2h f(u[n])."""
    return multistep(
        "leapfrog", alpha=[-1, 0, 1], beta=[0, 2, 0], source="Nyström 1925; Hairer, Nørsett, Wanner I, (III.1.13')"
    )


@register
def leapfrog_second_order() -> Scheme:
    """Leapfrog of the second-order equation u'' = f(u): u[n+1] = 2 u[n] - u[n-1] + h² f(u[n]); h = 1 in a network."""
    return multistep(
        "leapfrog_second_order", alpha=[1, -2, 1], beta=[0, 1, 0], source="Störmer 1907; as a network Chang et al. 2018"
    )


@register(order=1)
def lm2(k: Any = learned(Uniform("-1/10", 0))) -> Scheme:
    """LM-ResNet: u[n+1] = (1-k) u[n] + k u[n-1] + h f(u[n]), k learned."""
    return multistep("lm2", alpha=[-k, k - 1, 1], beta=[0, 1, 0], source="Lu et al. 2018, (3)")


@register(order=1)
def lm2_consistent(k: Any = learned(Uniform("-1/10", 0))) -> Scheme:
    """LM-ResNet with the weight that makes its effective step h: u[n+1] = (1-k) u[n] + k u[n-1] + (1+k) h f(u[n])."""
    return multistep(
        "lm2_consistent", alpha=[-k, k - 1, 1], beta=[0, 1 + k, 0], source="Lu et al. 2018, (3), weight 1+k"
    )


@register(order=1)
def momentum(gamma: Any = chosen("9/10")) -> Scheme:
    """Momentum ResNet: v' = γ v + (1-γ) h f(u), u' = u + v', v starts at 0."""

    def rule(f: Any, u: Any, v: Any) -> Any:
        v = gamma * v + (1 - gamma) * f(u)
        return u + v, v

    return formula("momentum", rule, states=("u[n]", "v[n]"), source="Sander, Ablin, Blondel, Peyré 2021, (2)")


@register(order=2)
def zerosnet(lam: Any = chosen("-9/5")) -> Scheme:
    """ZeroSNet: three steps, order 2 for every λ, zero-stable for λ ≤ -1 or λ > 1/3; -9/5 is its optimum."""
    a0, a1, a2 = (3 * lam + 3) / (4 * lam), -1 / lam, (lam + 1) / (4 * lam)
    beta = [0, 0, (3 * lam - 1) / (2 * lam), 0]
    return multistep("zerosnet", alpha=[-a2, -a1, -a0, 1], beta=beta, source="Chen, Jin, Shang 2022 (ZeroSNet, AAAI)")


@register(order=2)
def zerosnet_learned(lam: Any = learned("-9/5")) -> Scheme:
    """ZeroSNet with a trained λ, one a step."""
    return zerosnet(lam)


@register(order=1)
def full_history(steps: int = 3) -> Scheme:
    """Every earlier state of the stage, with learned weights that sum to 1."""
    return families.full_history(steps)
