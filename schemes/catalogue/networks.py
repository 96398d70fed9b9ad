"""Networks as one-step schemes, written as their authors write the update; the builder reads the table off it."""

from dataclasses import replace
from typing import Any

from schemes import families, fractals
from schemes.builders import formula
from schemes.catalogue.multistep import lm2
from schemes.laws import Bernoulli, Normal, Uniform
from schemes.parameters import chosen, learned, random
from schemes.perturbations import dropped, noised, shaken
from schemes.registry import register
from schemes.scheme import Scheme

LU = "Lu et al. 2018, section 2"


@register
def polynet_poly2() -> Scheme:
    """PolyNet poly-2, I + F + F², backward Euler's Neumann series cut after F²."""
    return formula("polynet_poly2", lambda f, u: u + f(u) + f(f(u)), source=f"Zhang et al. 2017, section 3; {LU}")


@register
def polynet_poly3() -> Scheme:
    """PolyNet poly-3, I + F + F² + F³."""
    return formula(
        "polynet_poly3", lambda f, u: u + f(u) + f(f(u)) + f(f(f(u))), source=f"Zhang et al. 2017, section 3; {LU}"
    )


@register
def polynet_mpoly2() -> Scheme:
    """PolyNet mpoly-2, I + F + G∘F with unshared F and G."""
    return formula(
        "polynet_mpoly2",
        lambda f, g, u: u + f(u) + g(f(u)),
        fields=("f", "g"),
        source=f"Zhang et al. 2017, section 3; {LU}",
    )


@register(order=1)
def polynet_2way() -> Scheme:
    """PolyNet 2-way, I + F + G."""
    return formula(
        "polynet_2way", lambda f, g, u: u + f(u) + g(u), fields=("f", "g"), source=f"Zhang et al. 2017, section 3; {LU}"
    )


@register(order=2)
def fractalnet(columns: int = 2) -> Scheme:
    """FractalNet with a plain first column; two columns, the usual, are Heun's scheme, others have order 1."""
    return families.fractal(columns)


@register(order=1)
def fractalnet_joined(columns: int = 3) -> Scheme:
    """FractalNet as published: columns of 1, 2, 4, … layers, each with a field of its own, averaged where they meet."""
    return fractals.fractalnet_joined(columns)


@register(order=1)
def fractalnet_drop_path(columns: int = 3, p: Any = chosen("3/20"), share: Any = chosen("1/2")) -> Scheme:
    """FractalNet with drop-path: joins drop inputs with probability p; in a share of batches all but one column."""
    return fractals.fractalnet_drop_path(columns, p, share)


@register(order=1)
def revnet() -> Scheme:
    """RevNet: x' = x + f(y), y' = y + g(x'), the symplectic Euler scheme; exactly invertible."""

    def rule(f: Any, g: Any, x: Any, y: Any) -> Any:
        x = x + f(y)
        return x, y + g(x)

    return formula("revnet", rule, fields=("f", "g"), states=("x[n]", "y[n]"), source=f"Gomez et al. 2017, (8); {LU}")


@register(order=2)
def stormer_verlet() -> Scheme:
    """Störmer–Verlet: half a step of y, one of x, half a step of y; symmetric and exactly invertible, as RevNet."""

    def rule(f: Any, g: Any, x: Any, y: Any) -> Any:
        y = y + g(x) / 2
        x = x + f(y)
        return x, y + g(x) / 2

    return formula(
        "stormer_verlet", rule, fields=("f", "g"), states=("x[n]", "y[n]"),
        source="Hairer, Lubich, Wanner, Geometric Numerical Integration, I.1.4; as a network Chang et al. 2018, (5)",
    )  # fmt: skip


@register(order=1)
def ode_transformer_gated(g: Any = learned("1/2")) -> Scheme:
    """ODE Transformer with a gate: u' = u + g F1 + (1-g) F2, F2 = F(u + F1), g learned; 1/2 is Heun's scheme."""

    def rule(f: Any, u: Any) -> Any:
        F = f(u)
        return u + g * F + (1 - g) * f(u + F)

    return formula("ode_transformer_gated", rule, source="Li et al. 2022 (ODE Transformer, ACL), section 3")


@register(order=1)
def heavy_ball(gamma: Any = chosen("9/10")) -> Scheme:
    """Heavy-ball ResNet: v' = γ v + f(u), u' = u + v', v starts at 0; lm2 with k = -γ, and Polyak's for f = -∇g."""

    def rule(f: Any, u: Any, v: Any) -> Any:
        v = gamma * v + f(u)
        return u + v, v

    return formula(
        "heavy_ball", rule, states=("u[n]", "v[n]"), source="Polyak 1964; as a network Xia et al. 2021, section 2"
    )


@register(order=1)
def stochastic_depth(p: Any = chosen("1/2"), eta: Any = random(Bernoulli("p"), per="batch")) -> Scheme:
    """Stochastic depth: u' = u + η f(u), η = 1 with survival probability p, else 0."""
    return formula(
        "stochastic_depth", lambda f, u: u + eta * f(u), source="Huang et al. 2016, (2); Lu et al. 2018, section 3"
    )


@register(order=1)
def shake_shake(eta: Any = random(Uniform(0, 1))) -> Scheme:
    """Shake-Shake: u' = u + η f1(u) + (1-η) f2(u), η uniform on [0, 1]."""

    def rule(f1: Any, f2: Any, u: Any) -> Any:
        return u + eta * f1(u) + (1 - eta) * f2(u)

    return formula("shake_shake", rule, fields=("f1", "f2"), source="Gastaldi 2017, (2); Lu et al. 2018, section 3")


@register(order=1)
def gaussian_noise(sigma: Any = chosen("1/10"), xi: Any = random(Normal(0, 1), per="element")) -> Scheme:
    """Additive noise: u' = u + f(u) + σ ξ; the field `one` is the constant 1."""
    return formula(
        "gaussian_noise",
        lambda f, one, u: u + f(u) + sigma * xi * one(u),
        fields=("f", "one"),
        source="Lu et al. 2018, section 3",
    )


@register(order=1)
def drop_path(p: Any = chosen("1/2"), eta: Any = random(Bernoulli("p"), per="sample")) -> Scheme:
    """Drop-path of a residual branch: u' = u + (η/p) f(u), η = 1 with probability p a sample, as timm's DropPath."""
    source = "Huang et al. 2016, (2), divided by p; Wightman, PyTorch Image Models, DropPath"
    return formula("drop_path", lambda f, u: u + eta / p * f(u), source=source)


@register(order=1)
def dropout(p: Any = chosen("1/2"), eta: Any = random(Bernoulli("p"), per="element")) -> Scheme:
    """Dropout on the branch: u' = u + (η/p) f(u), each element kept with probability p."""
    return formula("dropout", lambda f, u: u + eta / p * f(u), source="Srivastava et al. 2014, section 10")


@register(order=1)
def dropout_channels(p: Any = chosen("1/2"), eta: Any = random(Bernoulli("p"), per="channel")) -> Scheme:
    """Spatial dropout on the branch: u' = u + (η/p) f(u), each channel of a sample kept with probability p."""
    source = "Tompson et al. 2015 (SpatialDropout), section 3.2"
    return formula("dropout_channels", lambda f, u: u + eta / p * f(u), source=source)


@register(order=1)
def multiplicative_noise(sigma: Any = chosen("1/10"), xi: Any = random(Normal(0, 1), per="element")) -> Scheme:
    """Gaussian dropout on the branch: u' = u + (1 + σ ξ) f(u); dropout that keeps with p has σ² = (1-p)/p."""
    source = "Srivastava et al. 2014, section 10"
    return formula("multiplicative_noise", lambda f, u: u + (1 + sigma * xi) * f(u), source=source)


@register(order=1)
def shake_drop(
    p: Any = chosen("1/2"),
    eta: Any = random(Bernoulli("p"), per="batch"),
    alpha: Any = random(Uniform(-1, 1), per="sample"),
) -> Scheme:
    """ShakeDrop's forward step: u' = u + (η + α - η α) f(u), α uniform on [-1, 1]: 1 with probability p, else α.

    Its authors draw another number for the gradient, which is that of no table; here gradients are those of the step.
    """
    source = "Yamada et al. 2018 (ShakeDrop), section 3"
    return formula("shake_drop", lambda f, u: u + (eta + alpha - eta * alpha) * f(u), source=source)


@register(order=1)
def lm2_stochastic_depth(
    k: Any = learned(Uniform("-1/10", 0)), p: Any = chosen("1/2"), eta: Any = random(Bernoulli("p"), per="batch")
) -> Scheme:
    """LM-ResNet with stochastic depth: u[n+1] = (1-k) u[n] + k u[n-1] + η f(u[n]); only f is dropped."""
    return replace(dropped(lm2(k), p), source="Lu et al. 2018, section 3.2")


@register(order=1)
def lm2_shake_shake(k: Any = learned(Uniform("-1/10", 0)), eta: Any = random(Uniform(0, 1))) -> Scheme:
    """LM-ResNet with Shake-Shake: u[n+1] = (1-k) u[n] + k u[n-1] + η f1(u[n]) + (1-η) f2(u[n])."""
    return replace(shaken(lm2(k)), source="Lu et al. 2018, (3), section 3; Gastaldi 2017, (2)")


@register(order=1)
def lm2_gaussian_noise(
    k: Any = learned(Uniform("-1/10", 0)),
    sigma: Any = chosen("1/10"),
    xi: Any = random(Normal(0, 1), per="element"),
) -> Scheme:
    """LM-ResNet with additive noise: u[n+1] = (1-k) u[n] + k u[n-1] + f(u[n]) + σ ξ."""
    return replace(noised(lm2(k), sigma), source="Lu et al. 2018, (3), section 3")
