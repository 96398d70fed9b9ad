"""The one exception type of this package."""


class OdenetsError(ValueError):
    """A request that cannot be met; the message is one sentence: the entry, the rule and the repair."""
