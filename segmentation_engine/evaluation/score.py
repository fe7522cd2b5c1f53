"""One measured row: a label of a case after a round, as it stands in evaluation.json."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """One label of one case after one round; automatic mode has round 0 and no prompts."""

    method: str
    prompting: str  # which robot said it: "exact", "jittered", "scribbles", ...; "none" in automatic mode
    set_name: str
    case: str
    label: int
    round: int
    dice: float
    surface_dice: float
    hd95_mm: float  # nan where one of the masks is empty
    seconds: float  # of the round, all labels of the case together
    prompts: int  # of the round, all labels together

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which knows no nan: an undefined distance is null."""
        return {**asdict(self), "hd95_mm": None if math.isnan(self.hd95_mm) else round(self.hd95_mm, 3)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Score:
        """The inverse of ``to_dict``."""
        distance = values["hd95_mm"]
        return cls(**{**values, "hd95_mm": float("nan") if distance is None else float(distance)})
