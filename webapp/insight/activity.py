"""Time and prompts that a project took, by person, case and label, out of one pass through the edit log."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from webapp.annotation.models import PROMPT_KINDS, Edit
from webapp.insight.working_time import PAUSE
from webapp.projects.models import Project


class Moment(NamedTuple):
    """One edit, in few words."""

    annotation: int
    user: int
    kind: str
    label: int | None
    when: datetime.datetime


@dataclass
class Activity:
    """Seconds of work without pauses and numbers of edits; an edit's seconds are those since the one before it."""

    seconds_of_annotation: Counter[int] = field(default_factory=Counter)
    seconds_of_user: Counter[int] = field(default_factory=Counter)
    seconds_of_label: Counter[int] = field(default_factory=Counter)
    prompts_of_annotation: Counter[int] = field(default_factory=Counter)
    prompts_of_label: Counter[int] = field(default_factory=Counter)
    edits_of_user: Counter[int] = field(default_factory=Counter)
    annotations_of_label: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


def moments_of(project: Project) -> Iterable[Moment]:
    """The project's edits in the order in which they were made; one query, read piece by piece."""
    edits = Edit.objects.filter(annotation__case__project=project).order_by("id")
    columns = edits.values_list("annotation_id", "user_id", "kind", "label", "created")
    return (Moment(*row) for row in columns.iterator(chunk_size=5000))


def activity_of(moments: Iterable[Moment]) -> Activity:
    """Sum up. Work of one person on two cases at a time is counted for each case, once for the person."""
    total = Activity()
    last_at_case: dict[tuple[int, int], datetime.datetime] = {}
    last_of_user: dict[int, datetime.datetime] = {}
    for moment in moments:
        here = moment.user, moment.annotation
        total.seconds_of_user[moment.user] += _since(last_of_user.get(moment.user), moment.when)
        seconds = _since(last_at_case.get(here), moment.when)
        last_of_user[moment.user] = last_at_case[here] = moment.when
        total.edits_of_user[moment.user] += 1
        total.seconds_of_annotation[moment.annotation] += seconds
        prompt = moment.kind in PROMPT_KINDS
        total.prompts_of_annotation[moment.annotation] += prompt
        if moment.label is not None:
            total.seconds_of_label[moment.label] += seconds
            total.prompts_of_label[moment.label] += prompt
            total.annotations_of_label[moment.label].add(moment.annotation)
    return total


def _since(before: datetime.datetime | None, now: datetime.datetime) -> int:
    """Whole seconds, none after a pause."""
    if before is None or now - before > PAUSE:
        return 0
    return round((now - before).total_seconds())
