"""See it act: a scheme on a toy problem beside the exact and the modified flow, its parasites, and its random paths."""

from odenets.explorer.acting.beside import act
from odenets.explorer.acting.drawn_paths import act_paths
from odenets.explorer.acting.modified import act_modified
from odenets.explorer.acting.parasitic import act_parasites
from odenets.explorer.acting.problems import PROBLEMS

VIEWS = {"act": act, "act_modified": act_modified, "act_parasites": act_parasites, "act_paths": act_paths}

__all__ = ["PROBLEMS", "VIEWS", "act", "act_modified", "act_parasites", "act_paths"]
