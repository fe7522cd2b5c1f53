"""What a sequence of rounds comes to: the area below it, and when it is good enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def area_under_curve(values: Sequence[float]) -> float:
    """Trapezoids below the values of rounds 1, 2, ..., over the number of steps: 0..1 if the values are. A single
    round is its own area."""
    array = np.asarray(values, np.float64)
    if array.size == 1:
        return float(array[0])
    return float(((array[1:] + array[:-1]) / 2).mean())


def rounds_to_reach(values: Sequence[float], level: float) -> int | None:
    """The first round (from 1) with at least that value; None if there is none."""
    return next((number for number, value in enumerate(values, start=1) if value >= level), None)
