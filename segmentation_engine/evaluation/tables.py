"""Groups of scores -> Markdown tables, the ones that are read first before their details."""

from __future__ import annotations

import math
from collections.abc import Sequence

from segmentation_engine.evaluation.summary import Distance, Group, Reached

REPORTED_ROUNDS = (1, 2, 3, 5, 10)
LEVELS = (0.85, 0.90)
Named = dict[tuple[str, str], Group]  # (set, method) -> group


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def summary_table(groups: Named) -> list[str]:
    """One row a set and method."""
    head = [
        "set", "method", "cases", *(f"Dice {n}" for n in (1, 3, 5, 10)), "NSD 5", "AUC Dice", "rounds to 0.85",
        "s a prompt",
    ]  # fmt: skip
    rows = []
    for (set_name, method), group in groups.items():
        rows.append([
            set_name, method, str(group.cases), *(_mean(group, "dice", n) for n in (1, 3, 5, 10)),
            _mean(group, "surface_dice", 5), _number(group.area("dice")), reached(group.reached(0.85)),
            _number(group.seconds_a_prompt(), 2),
        ])  # fmt: skip
    return table(head, rows)


def curve_table(groups: Named) -> list[str]:
    """Areas below the curves, and how soon labels are good enough."""
    head = ["set", "method", "AUC Dice", "AUC NSD", *(f"rounds to {level:.2f}" for level in LEVELS)]
    rows = [
        [*key, _number(group.area("dice")), _number(group.area("surface_dice"))]
        + [reached(group.reached(level)) for level in LEVELS]
        for key, group in groups.items()
    ]
    return table(head, rows)


def round_table(groups: Named) -> list[str]:
    """Every reported round by itself."""
    head = ["set", "method", "round", "Dice [95 % interval]", "NSD", "HD95 mm (undefined)"]
    rows = []
    for key, group in groups.items():
        for number in (n for n in REPORTED_ROUNDS if n in group.rounds):
            rows.append([*key, str(number), *_quality(group, number)])
    return table(head, rows)


def automatic_table(groups: dict[tuple[str, str], Group]) -> list[str]:
    """One row a set and class."""
    head = ["set", "class", "cases", "Dice [95 % interval]", "NSD", "HD95 mm (undefined)", "s a volume"]
    rows = [
        [*key, str(group.cases), *_quality(group, 0), _number(group.seconds_a_case(), 2)]
        for key, group in groups.items()
    ]
    return table(head, rows)


def reached(result: Reached) -> str:
    """Mean rounds of the labels that got there, and how many of all did: "3.2 (64 %)"."""
    return "never (0 %)" if result.share == 0 else f"{result.mean_rounds:.1f} ({100 * result.share:.0f} %)"


def _quality(group: Group, number: int) -> list[str]:
    overlap = group.mean("dice", number)
    interval = f"{overlap.value:.3f} [{overlap.low:.3f}, {overlap.high:.3f}]"
    return [interval, _mean(group, "surface_dice", number), _distance(group.distance(number))]


def _distance(distance: Distance) -> str:
    return f"{_number(distance.mean_mm, 1)} ({100 * distance.undefined:.0f} %)"


def _mean(group: Group, measure: str, number: int) -> str:
    return _number(group.mean(measure, number).value) if number in group.rounds else "-"


def _number(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
