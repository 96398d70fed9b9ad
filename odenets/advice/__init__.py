"""What theory says of a design before it is trained: is it stable, how far, of which order, and how should it start.

`analysis` is imported when it is asked; what it cannot answer is a sentence, never an exception.
"""

from odenets.advice.answers import Advice, StabilityWarning, advise, warn
from odenets.advice.starts import runge_kutta_start
from odenets.advice.verdicts import Verdict, zero_stability

__all__ = ["Advice", "StabilityWarning", "Verdict", "advise", "runge_kutta_start", "warn", "zero_stability"]
