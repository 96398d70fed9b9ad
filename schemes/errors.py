"""The one exception type of this package."""


class SchemeError(ValueError):
    """What is not a scheme; the message is one sentence: the entry, the rule and the repair."""
