"""The one exception type of this package."""


class AnalysisError(ValueError):
    """A question without an answer for this scheme; the message is one sentence: the entry, the rule and the repair."""
