"""The one exception type of this package."""

from collections.abc import Iterator
from contextlib import contextmanager

from schemes import SchemeError


class AnalysisError(ValueError):
    """A question without an answer for this scheme; the message is one sentence: the entry, the rule and the repair."""


@contextmanager
def refusing() -> Iterator[None]:
    """What `schemes` refuses is refused in the same sentence as an AnalysisError."""
    try:
        yield
    except SchemeError as error:
        raise AnalysisError(str(error)) from None
