"""The network's own class, and the file around all classes."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import cast

from torch import nn

from odenets.coefficients import Draw
from odenets.depth.blends import Blend
from odenets.emission.depth import blend
from odenets.emission.expressions import Expression, docstring, indented
from odenets.emission.modules import Maker, Modules
from odenets.emission.own import own
from odenets.emission.stages import between, crossing, stage, state_names
from odenets.emission.steps import draw, step
from odenets.joins import Join
from odenets.named_models import models
from odenets.network import Network, initialise
from odenets.spec import Spec
from odenets.stages import Between, Crossing, Stage
from odenets.stems import STEMS
from odenets.tables import scheme_of
from odenets.wiring import Step
from schemes import formula_lines

IMPORTS = ("import torch", "from torch import Tensor, nn")
BUILD = '''
def build(weights: str | None = None) -> Network:
    """The network; weights: a file of torch.save(model.state_dict(), …), whose keys are those of the origin."""
    network = Network()
    if weights is not None:
        network.load_state_dict(torch.load(weights, weights_only=True))
    return network
'''


def file_of(network: Network) -> str:
    """The whole file, before it is formatted."""
    modules = Modules(network, makers(network))
    parts = {"stem": modules.make(network.stem)}
    stages = [modules.make(stage) for stage in network.stages]
    parts["head"] = modules.make(network.head)
    if network.column is not None:
        parts["column"] = modules.construct(network.column)
    classes, definitions = modules.classes, modules.definitions
    definitions.need(initialise)
    classes.taken |= {"Network", "Tensor", "build", "torch", "nn", "self", *definitions.texts}
    classes.taken |= {line.split()[-1] for line in definitions.imports}
    classes.number()
    init = "".join(f"    {line}\n" for line in constructor(modules, parts, stages))
    forms = [classes.text(form) for form in classes.found]
    body = [docstring(about(network)), f"def __init__(self) -> None:\n{init}", forward(network)]
    forms.append(f"class Network(nn.Module):\n{indented(chr(10).join(body))}")
    imports = "\n".join(dict.fromkeys([*IMPORTS, *definitions.imports]))
    head = f"{docstring(title(network.spec))}\nfrom __future__ import annotations\n\n{imports}\n"
    return "\n\n".join([head, *definitions.texts.values(), *forms, BUILD])


def makers(network: Network) -> Mapping[type[nn.Module], Maker]:
    """Who writes the modules of each class that is not torch's."""
    stages = [cast(Stage, part) for part in network.stages]
    owners = {id(part): own for own in stages for part in (own.enter, *own.steps)}
    return {
        nn.Module: own,
        Step: step,
        Draw: draw,
        Blend: blend,
        Stage: stage,
        Crossing: lambda modules, part: crossing(modules, part, owners[id(part)]),
        Between: lambda modules, part: between(modules, part, owners[id(part)]),
    }


def constructor(modules: Modules, parts: Mapping[str, Expression], stages: list[Expression]) -> list[str]:
    """The lines that make the network and set its weights, in the order of the origin."""
    classes = modules.classes
    lines = ["super().__init__()", f"self.stem = {classes.call(parts['stem'])}"]
    lines.append(f"self.stages = nn.ModuleList([{', '.join(map(classes.call, stages))}])")
    lines.append(f"self.head = {classes.call(parts['head'])}")
    if "column" in parts:
        joins = " | ".join(classes.names[form] for form in classes.found if form.name == Join.__name__)
        lines += [f"self.column = {classes.call(parts['column'])}", "for part in list(self.modules()):"]
        lines += [f"    if isinstance(part, {joins}):", "        part.column = self.column"]
    lines.append(f"self.apply({initialise.__name__})")
    if any("def initialise(self)" in method for form in classes.found for method in form.methods):
        lines += ["for part in self.modules():", '    if callable(own := getattr(part, "initialise", None)):']
        lines.append("        own()")
    return lines


def forward(network: Network) -> str:
    """Stem, stages one after the other, head."""
    given = {"images": "images", "numbers": "numbers", "rows": "rows"}[STEMS[network.spec.stem].input]
    lines = [f"def forward(self, {given}: Tensor) -> Tensor:"]
    if network.column is not None:
        lines += ["    if self.training:", "        self.column.draw()"]
    lines.append(f"    u = self.stem({given})")
    stages: list[Stage] = [own for own in network.stages if isinstance(own, Stage)]
    if any(len(state_names(own)) > 1 and own.gives for own in stages):
        for i, own in enumerate(stages):
            names = ", ".join(state_names(own))
            lines.append(f"    {names if own.gives else 'u'} = self.stages[{i}]({names if own.keeps else 'u'})")
    else:
        lines += ["    for stage in self.stages:", "        u = stage(u)"]
    return "\n".join([*lines, "    logits: Tensor = self.head(u)", "    return logits", ""])


# ---- what the file says of itself -----------------------------------------------------------------------------------


def title(spec: Spec) -> str:
    """What the network is, and each of its schemes with formula and source."""
    known = next((m for m in models().values() if m.spec == spec), None)
    head = [f"{known.name}: {known.summary}", known.source] if known else [f"{spec.name}: a network of odenets."]
    parts = ["\n".join(map(wrapped, head))]
    found: dict[str, dict[str, str]] = {}  # the formulas of each scheme, with their source
    for scheme in (scheme_of(spec, *place) for place in spec.places):
        lines = "\n".join(wrapped(line, "    ") for line in formula_lines(scheme))
        found.setdefault(scheme.name, {}).setdefault(lines, wrapped(scheme.source))
    for name, formulas in found.items():
        (lines, source), *others = formulas.items()
        more = f", in the first of {len(others) + 1} forms" if others else ""
        parts += [f"{name}{more}:", lines, *([source] if source else [])]
    return "\n\n".join(parts)


def about(network: Network) -> str:
    """The sizes in a sentence."""
    spec = network.spec
    count = sum(p.numel() for p in network.parameters())
    steps = " + ".join(map(str, spec.steps))
    widths = ", ".join(str(width * spec.expansion) for width in spec.widths)
    return f"Stem, {steps} steps at {widths} channels, head: {spec.classes} classes, {count:,} parameters."


def wrapped(line: str, margin: str = "") -> str:
    return fill(line, 112, initial_indent=margin, subsequent_indent=f"{margin}    " if margin else "",
                break_long_words=False, break_on_hyphens=False)  # fmt: skip
