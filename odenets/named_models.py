"""Named models: each is a spec, a scheme of the registry with blocks, depth and widths, and what is published of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import Any

from odenets.errors import OdenetsError
from odenets.spec import Spec


@dataclass(frozen=True)
class Model:
    """A spec with its history.

    image      height and width of the images that it is made for
    published  number of parameters: in millions as the source prints it (a float), or as published code has it (an int)
    counted    whose code that is, where it is not the source's
    beyond     how many of these ours does not have; None: not known
    differs    why, in a sentence: which tensors
    """

    name: str
    spec: Spec
    summary: str
    source: str
    image: int = 32
    published: float | int | None = None
    beyond: int | None = 0
    differs: str = ""
    counted: str = ""


HE15 = "He, Zhang, Ren, Sun 2015 (arXiv 1512.03385)"
HE16 = "He, Zhang, Ren, Sun 2016 (arXiv 1603.05027)"
LU = "Lu, Zhong, Li, Dong 2018 (arXiv 1710.10121)"
XIE = "Xie, Girshick, Dollár, Tu, He 2017 (arXiv 1611.05431)"
UNUSED = "the published code has parameters that get no gradient: the k of the first steps, a norm and a projection"
PROJECTED = "two projections with their norms (544 + 2,112) where He et al. 2015, whose count it is, pad with zeros"
CIFAR = (20, 32, 44, 56, 110)
IMAGENET = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def cifar() -> list[Model]:
    """Lu et al. 2018, section 4, and their references: 6n + 2 layers on 32 × 32 images."""
    original = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}
    counted = {20: 273_475, 32: 467_913, 44: 662_351, 56: 856_789, 110: 1_731_760}
    found = []
    for depth in CIFAR:
        post = Spec("euler", depth=depth, placement="post", transition="pool-pad")
        found += [
            Model(f"resnet{depth}", Spec("euler", depth=depth), f"Pre-activation ResNet-{depth}: Euler's scheme.", HE16,
                  published=original[depth], beyond=-2_656, differs=PROJECTED),
            Model(f"resnet{depth}_post", post, f"ResNet-{depth} as first published: relu behind the sum.", HE15,
                  published=original[depth]),
            Model(f"lm_resnet{depth}", Spec("lm2", depth=depth), f"LM-ResNet-{depth}: two steps, k learned.", LU,
                  published=counted[depth], beyond=1_091, differs=UNUSED),
        ]  # fmt: skip
    shared = "the projections have norms of their own (32 + 128 + 256), in He et al. 2016 the blocks'"
    deep = Spec("euler", block="bottleneck", depth=164)
    found += [
        Model("resnet164", deep, "Pre-activation ResNet-164: bottlenecks.", HE16, published=1_703_258, beyond=-416,
              differs=shared),  # pytorchcv 0.0.73; the paper prints 1.7
        Model("lm_resnet164", replace(deep, scheme="lm2"), "LM-ResNet-164: bottlenecks.", LU, published=1_703_760,
              beyond=35, differs=UNUSED.replace(", a norm and a projection", " and a norm")),
    ]  # fmt: skip
    for groups, ours, theirs in ((8, 34.4, 35.1), (16, 68.1, 69.3)):
        for scheme, count, source in (("euler", ours, XIE), ("lm2", theirs, LU)):
            placement = "post" if scheme == "euler" else "pre"
            wide = Spec(scheme, block="resnext", options={"cardinality": groups}, layers=(3, 3, 3),
                        widths=(64, 128, 256), placement=placement)  # fmt: skip
            name = f"{'lm_' * (scheme == 'lm2')}resnext29_{groups}x64d"
            beyond, why = (0, "") if scheme == "euler" else (None, "no code of it is published to count in")
            found.append(Model(name, wide, f"{groups} groups of 64 channels, 29 layers.", source, published=count,
                               beyond=beyond, differs=why))  # fmt: skip
    return found


def imagenet() -> list[Model]:
    """7×7 stem, four stages, on 224 × 224 images."""
    exact = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}
    shared = {50: 25_549_352, 101: 44_541_480, 152: 60_185_128}
    base = Spec("euler", block="bottleneck", stem="imagenet", widths=(64, 128, 256, 512), classes=1000,
                placement="post", layers=(2, 2, 2, 2))  # fmt: skip

    def made(name: str, summary: str, source: str = HE15, published: Any = None, **changes: Any) -> Model:
        code = "" if published is None else "timm 1.0.31" if name.endswith("_pre") else "torchvision 0.29"
        return Model(name, replace(base, **changes), summary, source, 224, published, counted=code)

    v2 = {"placement": "pre", "transition": "shared"}
    found = [
        made("resnet18", "ResNet-18.", published=exact[18], block="basic"),
        made("resnet34", "ResNet-34.", published=exact[34], block="basic", layers=(3, 4, 6, 3)),
        made("resnext50", "ResNeXt-50, 32 groups of 4 channels.", XIE, 25_028_904, block="resnext",
             layers=IMAGENET[50], options={"cardinality": 32, "base_width": 4}),
    ]  # fmt: skip
    for depth, layers in IMAGENET.items():
        found += [
            made(f"resnet{depth}", f"ResNet-{depth}, post-activation.", published=exact[depth], layers=layers),
            made(f"resnet{depth}_pre", f"ResNet-{depth}, pre-activation.", HE16, shared[depth], layers=layers, **v2),
            made(f"lm_resnet{depth}", f"LM-ResNet-{depth}, post-activation.", LU, scheme="lm2", layers=layers),
            made(f"lm_resnet{depth}_pre", f"LM-ResNet-{depth}, pre-activation.", LU, scheme="lm2", layers=layers, **v2),
        ]
    return found


def relatives() -> list[Model]:
    """Section 2 of the paper and its relatives: other schemes, other fields, on 32 × 32 images."""
    mixed = ("polynet_poly2", "polynet_2way"), ("polynet_mpoly2", "polynet_2way"), ("polynet_poly3", "polynet_2way")
    still: dict[str, Any] = {"across": "layer", "transition": "conv"}
    # the 38.6 M of Huang et al. 2017 (DenseNet, table 2) is another count: with every layer at the width of its block
    # there would be 38.5 M
    fractal_differs = (
        "a stem (1,856), so that the first block begins with 64 channels (105,408), and norms with scale and shift "
        "(20,608) where their code gives the convolutions biases (10,304)"
    )
    gomez = "Gomez, Ren, Urtasun, Grosse 2017 (arXiv 1707.04585)"
    # each half crosses, x' = P x + f(y), y' = P y + g(x'), as in the authors' code
    reversible: dict[str, Any] = {"transition": "pool-pad", "history": "project"}
    normed = (
        "their stem has a norm (64), for which the first block begins without one (32); P averages 2×2 pixels there"
    )
    return [
        Model("polynet", Spec(mixed, layers=(4, 4, 4)), "PolyNet: poly-2, mpoly-2 and poly-3 in turn with 2-way.",
              "Zhang, Li, Loy, Lin 2017 (arXiv 1611.05725), section 4"),
        Model("fractalnet20", fractal(64, 128, 256, 512, 512), "FractalNet-20: three columns, five blocks, drop-path.",
              "Larsson, Maire, Shakhnarovich 2017 (arXiv 1605.07648)", published=33_714_314, beyond=-117_568,
              differs=fractal_differs),
        Model("revnet38", Spec("revnet", layers=(3, 3, 3), widths=(32, 64, 112), **reversible),
              "RevNet-38: symplectic Euler.", gomez, published=0.46, beyond=32, differs=normed),
        Model("revnet110", Spec("revnet", layers=(9, 9, 9), widths=(32, 64, 128), **reversible),
              "RevNet-110: symplectic Euler.", gomez, published=1.73, beyond=32, differs=normed),
        Model("momentum_resnet20", Spec("momentum", values={"gamma": "9/10"}, depth=20), "A velocity with friction.",
              "Sander, Ablin, Blondel, Peyré 2021 (arXiv 2102.07870)"),
        Model("zerosnet20", Spec("zerosnet", depth=20), "Three steps of order 2, the roots as small as can be.",
              "Chen, Jin, Shang 2022 (arXiv 2206.13100, AAAI)"),
        Model("rk4_resnet20", Spec("rk4_classic", depth=20), "Four evaluations of one block a step.", LU),
        Model("rk4_resnet20_stages", Spec("rk4_classic", depth=20, share="stage"), "A block for each stage.", LU),
        Model("tsrk_resnet20", Spec("tsrk3", depth=20), "Two-step Runge–Kutta.", "Jackiewicz, Tracogna 1995"),
        Model("dimsim_resnet20", Spec("dimsim2", depth=20, norm="group"),
              "A general linear scheme of order 2.", "Butcher 1993"),
        Model("midpoint_net", Spec("leapfrog", block="antisymmetric", layers=(5, 5, 5), h="1/4", **still),
              "Two-step midpoint rule of antisymmetric blocks.", "Chang et al. 2018 (arXiv 1709.03698), section 3"),
        Model("leapfrog_net", Spec("leapfrog_second_order", block="symmetric", layers=(5, 5, 5), h="1/4", **still),
              "u'' = -Kᵀσ(Ku) by leapfrog.", "Chang et al. 2018 (arXiv 1709.03698); Ruthotto, Haber 2020"),
        Model("verlet_net", Spec("stormer_verlet", block="hamiltonian", layers=(5, 5, 5), h="1/4", **still),
              "A Hamiltonian system by Störmer–Verlet.", "Chang et al. 2018 (arXiv 1709.03698), section 3"),
        Model("imexnet", Spec("imex_euler", block={"f": "symmetric", "g": "diffusion"}, layers=(5, 5, 5), h="1/4",
                              **still),
              "Forward Euler for the layers, backward Euler for a diffusion between all pixels.",
              "Haber, Lensink, Treister, Ruthotto 2019 (arXiv 1903.02639)"),
        *transformers(),
        Model("mlp_rk2", Spec("heun2", block="mlp", layers=(4,), widths=(64,)), "Heun's scheme on tables.", LU),
    ]  # fmt: skip


def fractal(*widths: int) -> Spec:
    return Spec("fractalnet_drop_path", block="conv", residual=False, layers=(1,) * len(widths), widths=widths,
                transition="max-pool", history="project", placement="post")  # fmt: skip


def transformers() -> list[Model]:
    """Vision transformers for 32 × 32 images in 64 patches."""
    spec = Spec("lie", block={"f": "attention", "g": "feedforward"}, layers=(6,), widths=(128,))
    macaron = {"f": "feedforward", "g": "attention"}
    whole = replace(spec, block="transformer", layers=(3,))
    li = "Li et al. 2022 (ACL, ODE Transformer)"
    return [
        Model("vit", spec, "A pre-norm transformer: Lie splitting.", "Dosovitskiy et al. 2021 (arXiv 2010.11929)"),
        Model("macaron_vit", replace(spec, scheme="macaron", block=macaron, share="stage"),
              "The Macaron net: Strang splitting.",
              "Lu et al. 2019 (arXiv 1906.02762)"),
        Model("ode_transformer_rk2", replace(whole, scheme="heun2"), "Two stages.", li),
        Model("ode_transformer_rk4", replace(whole, scheme="rk4_classic"), "Four.", li),
    ]  # fmt: skip


@cache
def models() -> dict[str, Model]:
    """All named models, by name."""
    found = [*cifar(), *imagenet(), *relatives()]
    return {m.name: m for m in found}


def model(name: str) -> Model:
    """The model of this name. Raises OdenetsError with near misses."""
    if name not in (known := models()):
        near = get_close_matches(name, known, 3)
        hint = f"near it are {', '.join(near)}" if near else "odenets models lists them, a scheme is build(scheme=…)"
        raise OdenetsError(f"no model is called {name!r}: {hint}")
    return known[name]
