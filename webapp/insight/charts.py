"""Where the marks of a chart lie, in the units of its SVG; templates draw them, style sheets colour them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 120.0


@dataclass(frozen=True)
class Bar:
    """One bar from the ground up; `place` counts from 0."""

    place: int
    value: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bars:
    """A bar chart; `highest` is what its top stands for."""

    bars: tuple[Bar, ...]
    highest: float
    width: float = WIDTH
    height: float = HEIGHT


def bars(values: Sequence[float], width: float = WIDTH, height: float = HEIGHT) -> Bars:
    """One bar for each value, the highest of which reaches the top."""
    highest = max(values, default=0.0)
    step = width / max(len(values), 1)
    gap = step * 0.15 if len(values) < width / 4 else 0.0
    drawn = []
    for place, value in enumerate(values):
        tall = height * value / highest if highest else 0.0
        drawn.append(Bar(place, value, round(place * step, 2), round(height - tall, 2), round(step - gap, 2), tall))
    return Bars(tuple(drawn), highest, width, height)
