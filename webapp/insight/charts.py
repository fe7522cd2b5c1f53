"""Where the marks of a chart lie, in the units of its SVG; templates draw them, style sheets colour them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def bars(values: Sequence[float], width: float = WIDTH, height: float = HEIGHT, highest: float | None = None) -> Bars:
    """One bar for each value; `highest` is what the top stands for, if not the highest of them."""
    highest = max(values, default=0.0) if highest is None else highest
    step = width / max(len(values), 1)
    gap = step * 0.15 if len(values) < width / 4 else 0.0
    drawn = []
    for place, value in enumerate(values):
        tall = height * value / highest if highest else 0.0
        drawn.append(Bar(place, value, round(place * step, 2), round(height - tall, 2), round(step - gap, 2), tall))
    return Bars(tuple(drawn), highest, width, height)


@dataclass(frozen=True)
class Lines:
    """Lines that share both axes; `paths` are the points of SVG polylines by name."""

    paths: dict[str, str]
    highest: float
    width: float = WIDTH
    height: float = HEIGHT


def lines(values: Mapping[str, Sequence[float]], highest: float, height: float = HEIGHT) -> Lines:
    """One line for each name, all with the same number of values; `highest` is what the top stands for."""
    paths = {}
    for name, line in values.items():
        step = WIDTH / max(len(line) - 1, 1)
        tops = (height - height * value / max(highest, 1e-9) for value in line)
        paths[name] = " ".join(f"{place * step:.1f},{top:.1f}" for place, top in enumerate(tops))
    return Lines(paths, highest, WIDTH, height)
