"""The certificate of a scheme: every fact that is computed of it, in one frozen record; what has no answer says why.

The record is the list of facts: its fields carry where each is computed and how it is said, and the text, the JSON, the
comparison of schemes and the tables of the documentation are views of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib import import_module
from typing import Any

from analysis.errors import AnalysisError
from analysis.phrases import angle, counts, degrees, number, root_list, steps, undoing, verdict, yes_no
from schemes import Scheme, SchemeError


@dataclass(frozen=True)
class Unknown:
    """A question without an answer, and why."""

    reason: str


@dataclass(frozen=True)
class Fact:
    """How a fact is found and told.

    ask    module and function of `analysis` that compute it from the scheme
    label  its name in a text; without one it is for programs only
    say    the answer as a phrase behind the label
    cell   the answer as a table's cell; `say` unless given
    """

    ask: str
    label: str = ""
    say: Callable[[Any], str] = str
    cell: Callable[[Any], str] | None = None


def fact(ask: str, label: str = "", say: Callable[[Any], str] = str, cell: Callable[[Any], str] | None = None) -> Any:
    return field(metadata={"fact": Fact(ask, label, say, cell)})


@dataclass(frozen=True)
class Certificate:
    """All facts of a scheme; each is the value that the function of its name returns, or Unknown with the reason.

    None is the answer to a question that does not arise (the embedded order of a scheme without embedded weights).
    """

    name: str
    order: Any = fact("orders.order", "order")
    linear_order: Any = fact("orders.linear_order", "order on u' = λu")
    effective_order: Any = fact("conjugacy.effective_order", "effective order")
    stage_order: Any = fact("local_error.stage_order", "stage order")
    embedded_order: Any = fact("orders.embedded_order", "embedded order")
    effective_step: Any = fact("orders.effective_step", "effective step", steps)
    error_constant: Any = fact("orders.error_constant", "error constant", number)
    principal_error: Any = fact("local_error.principal_error")
    principal_error_norm: Any = fact("local_error.principal_error_norm", "principal error", number)
    dissipation_order: Any = fact("damping.dissipation_order", "dissipation order", number)
    dispersion_order: Any = fact("damping.dispersion_order", "dispersion order", number)
    zero_stability: Any = fact("roots.zero_stability_or_range", "zero-stable", root_list, verdict)
    stability_function: Any = fact("stability.stability_function", "stability function", number)
    stability_matrix: Any = fact("stability.stability_matrix")
    real_interval: Any = fact("intervals.real_interval", "real interval", "{} in h λ".format, str)
    imaginary_interval: Any = fact("intervals.imaginary_interval", "imaginary interval", "{} · i in h λ".format, str)
    a_alpha: Any = fact("angles.a_alpha", "A(α)-stable", angle, degrees)
    a_stable: Any = fact("angles.a_stable", "A-stable", yes_no)
    l_stable: Any = fact("angles.l_stable", "L-stable", yes_no)
    ssp_coefficient: Any = fact("monotonicity.ssp_coefficient", "SSP coefficient", number)
    symplectic_order: Any = fact("geometry.symplectic_order", "symplectic order")
    symmetric_order: Any = fact("geometry.symmetric_order", "symmetric order")
    energy_order: Any = fact("geometry.energy_order", "energy order")
    reversal: Any = fact("inverses.reversal", "undone", undoing, lambda found: found.how)
    first_same_as_last: Any = fact("cost.first_same_as_last", "first same as last", yes_no)
    evaluations: Any = fact("cost.evaluations", "evaluations a step", counts)
    registers: Any = fact("cost.registers", "registers")

    def answers(self) -> Iterator[tuple[str, Fact, Any]]:
        """Name, fact and answer, in the order of a reader's questions."""
        for f in fields(self):
            if "fact" in f.metadata:
                yield f.name, f.metadata["fact"], getattr(self, f.name)

    @property
    def unanswered(self) -> dict[str, str]:
        """{name: reason} of the questions without an answer."""
        return {name: x.reason for name, _, x in self.answers() if isinstance(x, Unknown)}


@lru_cache(maxsize=512)
def certificate(scheme: Scheme) -> Certificate:
    """Everything that is known of a scheme, computed from its table; random coefficients at their means.

    Never raises: a question without an answer is answered by Unknown and its reason. Sources: at each function.
    """
    found = {
        f.name: answer(f.metadata["fact"].ask, scheme) if "fact" in f.metadata else scheme.name
        for f in fields(Certificate)
    }
    return Certificate(**found)


def answer(question: str, scheme: Scheme) -> Any:
    """The answer of a function of `analysis`, or its sentence."""
    module, _, name = question.partition(".")
    return ask(getattr(import_module(f"analysis.{module}"), name), scheme)


def ask(question: Callable[..., Any], *about: Any) -> Any:
    try:
        return question(*about)
    except (AnalysisError, SchemeError) as error:
        return Unknown(str(error))
    except OverflowError:  # exact numbers know no largest one, square roots and roots of polynomials do
        return Unknown("the answer is beyond the floating-point numbers (1.8e308): measure time in another unit")
    except numerical_failures():
        return Unknown("the numerical solution did not converge: give fewer digits, or exact entries")


def numerical_failures() -> tuple[type[Exception], ...]:
    """What iterations of libraries raise that do not converge; imported where one has."""
    from mpmath.libmp import NoConvergence
    from numpy.linalg import LinAlgError

    return NoConvergence, LinAlgError, ArithmeticError


def lines(certificate: Certificate) -> dict[str, str]:
    """{label: phrase}; a reason that was given is not repeated."""
    phrases: dict[str, str] = {}
    for _, about, x in certificate.answers():
        if about.label and x is not None:
            phrase = x.reason if isinstance(x, Unknown) else about.say(x)
            if not (isinstance(x, Unknown) and phrase in phrases.values()):
                phrases[about.label] = phrase
    return phrases


def cell(about: Fact, x: Any) -> str:
    """An answer as a cell of a table, "–" where there is none."""
    return "–" if x is None or isinstance(x, Unknown) else (about.cell or about.say)(x)
