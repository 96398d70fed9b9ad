"""Imported once, by the process that all workers are forked from: what the first views need is there when they are
asked for. What only some need (scipy) a worker imports beside its first tasks, or the first formula would wait for it.
"""

from contextlib import suppress
from importlib import import_module

NEEDED = ("odenets.explorer.worker", "odenets.explorer.views", "odenets.explorer.catalogue", "flint", "sympy")

for name in NEEDED:
    with suppress(Exception):  # a worker that needs it says what is wrong with it
        import_module(name)
with suppress(Exception):
    import_module("schemes").names()
