"""The numbers of a project as tables of text, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any

from webapp.insight.agreement import between_readers, from_first_to_approved
from webapp.insight.dashboard import Dashboard
from webapp.projects.models import Project

Rows = Iterable[tuple[Any, ...]]


def _days(known: Dashboard) -> Rows:
    yield "day", "handed in or approved", "approved", "wanted"
    yield from ((day.date, day.handed_in, day.approved, known.wanted) for day in known.days)


def _people(known: Dashboard) -> Rows:
    yield "person", "role", "edits", "active minutes", "handed in", "approved", "returned", "reviewed"
    for row in known.people:
        yield row.name, row.role, row.edits, _n(row.minutes), row.submitted, row.approved, row.returned, row.reviewed


def _cases(known: Dashboard) -> Rows:
    yield "case", "annotation", "name", "state", "person", "active minutes", "prompts", "dice of the first answers"
    for row in known.case_rows:
        yield row.case, row.annotation, row.name, row.state, row.person, _n(row.minutes), row.prompts, _n(row.dice)


def _labels(known: Dashboard) -> Rows:
    yield (
        "value", "label", "cases", "active minutes a case", "prompts a case", "mean dice of the first answer",
        "lowest dice of the first answer", "cases measured",
    )  # fmt: skip
    for row in known.labels:
        each = _n(row.minutes_a_case), _n(row.prompts_a_case), _n(row.dice), _n(row.lowest_dice), row.measured
        yield row.label.value, row.label.name, row.cases, *each


def _waiting(known: Dashboard) -> Rows:
    yield "who waits", "for whom", "for what", "cases", "since"
    yield from ((row.waits, row.for_whom, row.what, row.cases, row.since.isoformat()) for row in known.waiting)


TABLES: dict[str, Callable[[Dashboard], Rows]] = {
    "days": _days,
    "people": _people,
    "cases": _cases,
    "labels": _labels,
    "waiting": _waiting,
}


def agreement_rows(project: Project) -> Rows:
    """Every comparison between readers, and from what was handed in first to what was approved, label by label."""
    yield (
        "case", "name", "first", "second", "comparison", "value", "label", "dice", "nsd", "hd95 mm",
        "voxels of the first", "voxels of the second", "voxels of both",
    )  # fmt: skip
    names = dict(project.labels.values_list("value", "name"))
    for measurement in (*between_readers(project), *from_first_to_approved(project)):
        case, kind = measurement.second.case, "readers" if measurement.first_id != measurement.second_id else "rounds"
        for value, known in measurement.result["labels"].items():
            yield (
                case.pk, case.name, f"{measurement.first_id}.{measurement.first_revision}",
                f"{measurement.second_id}.{measurement.second_revision}", kind, value, names.get(int(value), ""),
                _n(known["dice"]), _n(known["nsd"]), _n(known["hd95_mm"]), known["first"], known["second"],
                known["shared"],
            )  # fmt: skip


def as_csv(rows: Rows) -> str:
    """Comma separated, each line ended as RFC 4180 says. Text that a spreadsheet would take for a formula is marked as
    text."""
    written = io.StringIO()
    csv.writer(written).writerows([_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def _cell(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _n(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}"
