"""How many cases were handed in and approved by the end of each day, and when all may be."""

from __future__ import annotations

import datetime
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.annotation.models import AnnotationState
from webapp.review.models import Decision

PACE_DAYS = 14
MOST_DAYS = 400


@dataclass(frozen=True)
class Day:
    """The number of annotations in these states as the day (UTC) ended."""

    date: datetime.date
    handed_in: int  # submitted or approved
    approved: int


def days_of(decisions: Iterable[Decision], today: datetime.date) -> list[Day]:
    """From the day before the first decision to today, at most `MOST_DAYS`; empty if nothing was ever decided."""
    by_day: dict[datetime.date, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_day[decision.created.date()].append(decision)
    if not by_day:
        return []
    state: dict[int, str] = {}
    counts: Counter[str] = Counter()
    days = []
    for offset in range((today - min(by_day)).days + 2):
        date = min(by_day) + datetime.timedelta(days=offset - 1)
        for decision in by_day.get(date, ()):
            counts[state.get(decision.annotation_id, "")] -= 1
            counts[decision.after] += 1
            state[decision.annotation_id] = decision.after
        approved = counts[AnnotationState.APPROVED]
        days.append(Day(date, counts[AnnotationState.SUBMITTED] + approved, approved))
    return days[-MOST_DAYS:]


def forecast(days: Sequence[Day], cases: int, today: datetime.date) -> datetime.date | None:
    """The day on which all cases would be approved at the pace of the last two weeks, or of the time since the first
    decision if that is shorter; None where there is no pace to go by or nothing left."""
    if len(days) < 2 or days[-1].approved >= cases:
        return None
    span = min(PACE_DAYS, len(days) - 1)
    a_day = (days[-1].approved - days[-1 - span].approved) / span
    if a_day <= 0:
        return None
    left = math.ceil((cases - days[-1].approved) / a_day - 1e-9)
    return today + datetime.timedelta(days=min(left, 36500))
