"""Who did what when at an annotation, and which of its versions are worth a look."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from webapp.accounts.models import User
from webapp.annotation.models import ACTIVE_KINDS, Annotation, Edit, EditKind
from webapp.insight.working_time import active_seconds
from webapp.review.models import Assignment, Decision
from webapp.review.transitions import Step

SITTING_PAUSE = datetime.timedelta(minutes=30)
_DONE = {
    Step.SUBMIT: "submitted",
    Step.WITHDRAW: "took back",
    Step.APPROVE: "approved",
    Step.ASK: "asked for changes",
    Step.REOPEN: "reopened",
}


@dataclass
class Sitting:
    """Edits of one person that followed each other, with nothing else between them; at least one."""

    user: User
    edits: list[Edit] = field(default_factory=list)

    @property
    def when(self) -> datetime.datetime:
        return self.edits[-1].created

    @property
    def began(self) -> datetime.datetime:
        return self.edits[0].created

    @property
    def revision(self) -> int:
        """That of the last edit."""
        return self.edits[-1].revision

    @property
    def minutes(self) -> float:
        """Minutes of work, without pauses."""
        return active_seconds(edit.created for edit in self.edits) / 60

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many of each kind, in words, the most frequent first."""
        return Counter(_word(edit) for edit in self.edits).most_common()

    def takes(self, edit: Edit) -> bool:
        """Whether the edit goes on with this sitting."""
        same = edit.user_id == self.user.pk
        return same and edit.created - self.when <= SITTING_PAUSE


@dataclass(frozen=True)
class Decided:
    """A step of the review."""

    decision: Decision

    @property
    def when(self) -> datetime.datetime:
        return self.decision.created

    @property
    def words(self) -> str:
        return _DONE[Step(self.decision.step)]


@dataclass(frozen=True)
class Given:
    """The annotation became somebody's work, or nobody's."""

    assignment: Assignment

    @property
    def when(self) -> datetime.datetime:
        return self.assignment.created


Entry = Sitting | Decided | Given


@dataclass(frozen=True)
class Version:
    """A revision with a name for people."""

    revision: int
    name: str
    when: datetime.datetime


def timeline(annotation: Annotation) -> list[Entry]:
    """Everything that happened, the newest first."""
    edits = annotation.edits.select_related("user").defer("payload").order_by("id")
    happened: list[Edit | Decided | Given] = list(edits)
    happened += [Decided(decision) for decision in annotation.decisions.select_related("user")]
    happened += [Given(assignment) for assignment in annotation.assignments.select_related("user", "by")]
    happened.sort(key=lambda thing: thing.created if isinstance(thing, Edit) else thing.when)
    return _sittings(happened)[::-1]


def _sittings(happened: Iterable[Edit | Decided | Given]) -> list[Entry]:
    entries: list[Entry] = []
    for thing in happened:
        if not isinstance(thing, Edit):
            entries.append(thing)
            continue
        last = entries[-1] if entries else None
        if not isinstance(last, Sitting) or not last.takes(thing):
            last = Sitting(thing.user)
            entries.append(last)
        last.edits.append(thing)
    return entries


def versions(annotation: Annotation, entries: Sequence[Entry]) -> list[Version]:
    """The current one, what was decided on, and what each sitting ended with, down to nothing at all; by revision, the
    newest first, one name each."""
    named = {annotation.revision: Version(annotation.revision, "now", annotation.changed)}
    for entry in entries:
        if isinstance(entry, Decided):
            words = f"{entry.words} by {entry.decision.user.name}"
            named.setdefault(entry.decision.revision, Version(entry.decision.revision, words, entry.when))
    for entry in entries:
        if isinstance(entry, Sitting):
            words = f"work of {entry.user.name}"
            named.setdefault(entry.revision, Version(entry.revision, words, entry.when))
    named.setdefault(0, Version(0, "before the first edit", annotation.created))
    return sorted(named.values(), key=lambda version: -version.revision)


def _word(edit: Edit) -> str:
    if edit.kind == EditKind.MASK:
        return "stroke"
    return str(edit.kind) if edit.kind in ACTIVE_KINDS else {"restore": "restored version"}.get(edit.kind, edit.kind)
