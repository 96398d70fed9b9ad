"""Whether a scheme's steps follow its modified equation at all."""

from __future__ import annotations

from analysis.errors import AnalysisError
from analysis.orders import effective_weights
from analysis.roots import zero_stability
from analysis.structure import structure
from schemes import Scheme


def follows(scheme: Scheme) -> None:
    """Raise AnalysisError, naming the condition that fails, where the steps leave every modified equation.

    Needed are a start vector (pre-consistency), a simple principal root, a weight on the field, and zero-stability of
    the states that hold u, which is asked where V has no free parameter. Source: Hairer, Lubich, Wanner, XV.3.
    """
    effective_weights(scheme)
    scheme = scheme.mean()
    held = [i for part in structure(scheme).components for i in part.states]
    V = tuple(tuple(scheme.V[i][j] for j in held) for i in held)
    if any(getattr(x, "symbols", ()) for row in V for x in row):
        return
    still = Scheme(
        scheme.name, ((0,),), ((0,) * len(held),), ((0,),) * len(held), V, tuple(scheme.states[i] for i in held)
    )
    found = zero_stability(still)
    if not found.stable:
        worst = max(found.roots, key=lambda root: (abs(complex(root.value)), root.multiplicity))
        size = abs(complex(worst.value))
        modulus = f"{size:.6g}" if size > 1.00001 else str(size)
        raise AnalysisError(
            f"{scheme.name} is not zero-stable: a characteristic root of modulus {modulus}"
            f"{f' and multiplicity {worst.multiplicity}' if worst.multiplicity > 1 else ''} grows and its steps leave "
            "every modified equation; modified_equation still gives the formal series"
        )
