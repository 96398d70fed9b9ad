"""Stages that have the same value in every problem, and tables that are the same method: laws of `schemes`."""

from schemes.equivalence import equivalent, merged

__all__ = ["equivalent", "merged"]
