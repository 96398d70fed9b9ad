"""How the weights of a stage follow its depth, as a spec says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from odenets.depth.basis import Basis, read
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from odenets.spec import Spec


@dataclass(frozen=True)
class Course:
    """How the weights of one stage follow its depth: their basis, and the size of its steps where it is its own."""

    basis: Basis
    h: str = ""

    @staticmethod
    def of(spec: Spec, stage: int) -> Course:
        """That of a stage: weights = "linear:4" for all of them, or "linear:4; linear:3 h=1/2" for each its own.

        Raises OdenetsError for other text, and where the spec shares blocks in another way.
        """
        if spec.depth_shared or spec.share == "stage":
            said = "depth_shared says weights = 'constant:1'" if spec.depth_shared else "share = 'stage' is no field"
            raise OdenetsError(f"weights = {spec.weights!r} are functions of depth, and {said}: leave one of them out")
        texts = spec.weights.split(";")
        if len(texts) not in (1, len(spec.widths)):
            raise OdenetsError(f"weights = {spec.weights!r}: give one for all stages, or one for each, between ;")
        text, _, h = texts[stage % len(texts)].partition(" h=")
        return Course(read(text), h.strip())

    def spec(self, spec: Spec) -> Spec:
        """The spec of the steps behind the crossing."""
        return replace(spec, h=self.h) if self.h else spec

    def __str__(self) -> str:
        return f"{self.basis} h={self.h}" if self.h else str(self.basis)
