"""Source out: a network as one file that needs torch only, as ONNX, or as an exported program."""

from odenets.emission.source import emit

__all__ = ["emit"]
