"""Whether a scheme's steps follow its modified equation at all."""

from __future__ import annotations

from analysis.errors import AnalysisError
from analysis.orders import effective_weights
from analysis.roots import zero_stability
from schemes import Scheme


def follows(scheme: Scheme) -> None:
    """Raise AnalysisError, naming the condition that fails, where the steps leave every modified equation.

    Needed are a start vector (pre-consistency), a simple principal root, a weight on the field, and zero-stability,
    which is asked where no parameter of V is free. Source: Hairer, Lubich, Wanner, XV.3.
    """
    effective_weights(scheme)
    if any(getattr(x, "symbols", ()) for row in scheme.mean().V for x in row):
        return
    found = zero_stability(scheme)
    if not found.stable:
        worst = max(found.roots, key=lambda root: (abs(complex(root.value)), root.multiplicity))
        size = abs(complex(worst.value))
        raise AnalysisError(
            f"{scheme.name} is not zero-stable: a characteristic root of modulus {size:.6g}"
            f"{f' and multiplicity {worst.multiplicity}' if worst.multiplicity > 1 else ''} grows and its steps leave "
            "every modified equation; modified_equation still gives the formal series"
        )
