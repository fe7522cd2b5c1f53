"""The numbers of a project: a fixed number of queries, whatever its size."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import mean
from typing import Any

from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotation.models import Annotation, AnnotationState
from webapp.insight.activity import Activity, activity_of, moments_of
from webapp.insight.models import Measurement, MeasurementKind
from webapp.insight.progress import Day, days_of, forecast
from webapp.insight.selectors import newest_of
from webapp.projects.models import Label, Project
from webapp.projects.permissions import Role
from webapp.review.models import Decision
from webapp.review.transitions import Step


@dataclass(frozen=True)
class PersonRow:
    """What a person did. `approved` and `returned` count decisions on what they had handed in."""

    name: str
    role: str  # empty for who is no member any more
    edits: int
    minutes: float
    submitted: int
    approved: int
    returned: int
    reviewed: int


@dataclass(frozen=True)
class CaseRow:
    """What a case took; `dice` is that of the model's first answers against what was approved, over its labels."""

    case: int
    annotation: int
    name: str
    state: str
    person: str
    minutes: float
    prompts: int
    dice: float | None


@dataclass(frozen=True)
class LabelRow:
    """What a label took, for each case that has edits for it; the Dice as in a case's row, over the cases."""

    label: Label
    cases: int
    minutes_a_case: float
    prompts_a_case: float
    dice: float | None
    lowest_dice: float | None
    measured: int


@dataclass(frozen=True)
class WaitingRow:
    """Somebody cannot go on before somebody else has done something."""

    waits: str
    for_whom: str
    what: str
    cases: int
    since: datetime.datetime


@dataclass(frozen=True)
class Dashboard:
    """`wanted` annotations are to be approved: one a case, or one for each of its readers."""

    cases: int
    wanted: int
    states: dict[str, int]  # by the names of states
    days: list[Day]
    done_by: datetime.date | None
    people: list[PersonRow]
    case_rows: list[CaseRow]
    labels: list[LabelRow]
    waiting: list[WaitingRow]


def dashboard_of(project: Project) -> Dashboard:
    """Everything that the page and its tables show."""
    gathered = _Gathered(project)
    today = timezone.now().date()
    wanted = gathered.cases * project.readers
    days = days_of(gathered.decisions, today)
    known = Counter(annotation.state for annotation in gathered.annotations)
    known[AnnotationState.NEW] += max(0, wanted - len(gathered.annotations))
    return Dashboard(
        cases=gathered.cases,
        wanted=wanted,
        states={str(state.label): known[state.value] for state in AnnotationState},
        days=days,
        done_by=forecast(days, wanted, today),
        people=gathered.people(),
        case_rows=gathered.case_rows(),
        labels=gathered.label_rows(),
        waiting=gathered.waiting(),
    )


class _Gathered:
    """What the database has to say, and the tables made of it."""

    def __init__(self, project: Project) -> None:
        self.cases = project.cases.count()
        found = Annotation.objects.filter(case__project=project).select_related("case", "assignee").order_by("id")
        self.annotations = list(found)
        decided = Decision.objects.filter(annotation__case__project=project).select_related("user").order_by("id")
        self.decisions = list(decided)
        self.activity: Activity = activity_of(moments_of(project))
        self.roles = dict(project.memberships.values_list("user_id", "role"))
        people = {*self.roles, *self.activity.edits_of_user, *(decision.user_id for decision in self.decisions)}
        self.users = User.objects.in_bulk(people)
        self.labels = list(project.labels.order_by("order", "value"))
        self.quality: dict[int, Measurement] = {
            measurement.second_id: measurement for measurement in newest_of(MeasurementKind.FIRST_ANSWER, project.pk)
        }

    def people(self) -> list[PersonRow]:
        """Everybody who did something or might, the busiest first."""
        counts = self._decision_counts()
        rows = [
            PersonRow(
                name=user.name, role=self.roles.get(pk, ""), edits=self.activity.edits_of_user[pk],
                minutes=self.activity.seconds_of_user[pk] / 60, submitted=counts["submitted", pk],
                approved=counts["approved", pk], returned=counts["returned", pk], reviewed=counts["reviewed", pk],
            )
            for pk, user in self.users.items()
            if self.roles.get(pk) != Role.VIEWER or self.activity.edits_of_user[pk]
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (-row.submitted, -row.minutes, row.name))

    def _decision_counts(self) -> Counter[tuple[str, int]]:
        counts: Counter[tuple[str, int]] = Counter()
        submitter: dict[int, int] = {}
        for decision in self.decisions:
            if decision.step == Step.SUBMIT:
                submitter[decision.annotation_id] = decision.user_id
                counts["submitted", decision.user_id] += 1
            elif decision.step in (Step.APPROVE, Step.ASK):
                counts["reviewed", decision.user_id] += 1
                what = "approved" if decision.step == Step.APPROVE else "returned"
                if decision.annotation_id in submitter:
                    counts[what, submitter[decision.annotation_id]] += 1
        return counts

    def case_rows(self) -> list[CaseRow]:
        """Cases with an annotation, those that took longest first."""
        rows = [
            CaseRow(
                case=annotation.case_id, annotation=annotation.pk, name=annotation.case.name,
                state=annotation.get_state_display(), person=annotation.assignee.name if annotation.assignee else "",
                minutes=self.activity.seconds_of_annotation[annotation.pk] / 60,
                prompts=self.activity.prompts_of_annotation[annotation.pk],
                dice=_mean(_dice(self.quality.get(annotation.pk)).values()),
            )
            for annotation in self.annotations
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (-row.minutes, row.name))

    def label_rows(self) -> list[LabelRow]:
        """Labels in their order; those that were retired only if somebody drew them."""
        dice: dict[int, list[float]] = defaultdict(list)
        for measurement in self.quality.values():
            for value, known in _dice(measurement).items():
                dice[value].append(known)
        rows = []
        for label in self.labels:
            value = label.value
            cases = len(self.activity.annotations_of_label[value])
            if label.retired_at is not None and not cases:
                continue
            rows.append(
                LabelRow(
                    label=label, cases=cases,
                    minutes_a_case=self.activity.seconds_of_label[value] / 60 / max(cases, 1),
                    prompts_a_case=self.activity.prompts_of_label[value] / max(cases, 1),
                    dice=_mean(dice[value]), lowest_dice=min(dice[value], default=None), measured=len(dice[value]),
                )
            )  # fmt: skip
        return rows

    def waiting(self) -> list[WaitingRow]:
        """Who handed in waits for a review, who returned something for its mending; the longest first."""
        last = {decision.annotation_id: decision for decision in self.decisions}
        groups: dict[tuple[str, str, str], list[datetime.datetime]] = defaultdict(list)
        for annotation in self.annotations:
            decision = last.get(annotation.pk)
            if decision is None:
                continue
            who = decision.user.name
            if annotation.state == AnnotationState.SUBMITTED:
                groups[who, "a reviewer", "review"].append(decision.created)
            elif annotation.state == AnnotationState.CHANGES_ASKED:
                whom = annotation.assignee.name if annotation.assignee else "an annotator"
                groups[who, whom, "changes"].append(decision.created)
        rows = [WaitingRow(*names, cases=len(since), since=min(since)) for names, since in groups.items()]
        return sorted(rows, key=lambda row: row.since)


def _dice(measurement: Measurement | None) -> dict[int, float]:
    if measurement is None:
        return {}
    labels: dict[str, Any] = measurement.result["labels"]
    return {int(value): numbers["dice"] for value, numbers in labels.items() if numbers["dice"] is not None}


def _mean(values: Any) -> float | None:
    known = list(values)
    return mean(known) if known else None
