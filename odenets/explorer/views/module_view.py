"""A step as a file of its own that needs torch only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from odenets.errors import OdenetsError
from odenets.explorer.views.source_view import safe
from schemes import Scheme, formula_lines
from schemes.writing import identifier

if TYPE_CHECKING:
    from torch import nn

    from odenets.wiring import Step

HEAD = '''"""{title}

{formula}
{source}"""

from __future__ import annotations

{imports}


{classes}


def build({arguments}) -> {kind}:
    """The step; {meaning}.

    {use}
    """
    return {call}
'''


def module(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"module": the text of a file with the step as an nn.Module, "file": a name for it}.

    The fields are modules that `build` takes, one each for f, g, …; their value is the increment h f(u). Learned
    coefficients are parameters, random ones are drawn in training. Imports torch: the first call takes seconds.
    Raises OdenetsError for an implicit scheme, SchemeError for a parameter without a value.
    """
    from odenets.wiring import wire

    chosen = {p.name: p.value for p in scheme.parameters if p.kind == "chosen" and p.value is not None}
    scheme = scheme.at(**chosen)
    if not scheme.explicit:
        raise OdenetsError(
            f"{scheme.name} is implicit, and no straight line writes how its steps are solved: unroll it"
        )
    fields = [field for field in dict.fromkeys(scheme.fields) if field != "one"]
    step = wire(scheme, {field: given(field) for field in fields})
    return {"module": text(scheme, step, fields), "file": safe(scheme.name, "py")}


def given(field: str) -> nn.Module:
    """A module that stands for the one that a user gives for a field."""
    from torch import nn

    class Given(nn.Identity):
        def __init__(self) -> None:
            super().__init__()
            self.field = field

    return Given()


def text(scheme: Scheme, step: Step, fields: list[str]) -> str:
    from torch import nn

    from odenets.coefficients import Draw
    from odenets.emission import own, source, steps
    from odenets.emission.expressions import Expression
    from odenets.emission.modules import Modules
    from odenets.emission.networks import IMPORTS, wrapped

    def owned(modules: Modules, part: Any) -> Expression:
        return (part.field,) if hasattr(part, "field") else own.own(modules, part)

    makers: dict[Any, Any] = {nn.Module: owned, type(step).__mro__[1]: steps.step, Draw: steps.draw}
    modules = Modules(nn.Sequential(step), makers)
    made = modules.make(step)
    modules.classes.taken |= {"Tensor", "build", "torch", "nn", "self", *fields, *modules.definitions.texts}
    modules.classes.taken |= {line.split()[-1] for line in modules.definitions.imports}
    modules.classes.number()
    call = modules.classes.call(made)
    names = ", ".join(identifier(state) for state in scheme.states)
    return source.formatted(
        HEAD.format(
            title=f"{scheme.name}: one step as a module of PyTorch.",
            formula="\n".join(wrapped(line, "    ") for line in formula_lines(scheme)),
            source=f"\n{wrapped(scheme.source)}\n" if scheme.source else "",
            imports="\n".join(dict.fromkeys([*IMPORTS, *modules.definitions.imports])),
            classes="\n\n".join(
                [*modules.definitions.texts.values(), *map(modules.classes.text, modules.classes.found)]
            ),
            arguments=", ".join(f"{field}: nn.Module" for field in fields),
            kind=call.partition("(")[0],
            meaning=", ".join(f"{field}(u) is the increment h {field}(u)" for field in fields) or "it reads no field",
            use=f"{names} = step({names}) advances by h.",
            call=call,
        )
    )
