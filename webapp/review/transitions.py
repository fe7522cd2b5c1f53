"""How an annotation goes from one state to the next, and who may have it do so: the one table."""

from dataclasses import dataclass

from django.db.models import TextChoices

from webapp.annotation.models import AnnotationState
from webapp.projects.permissions import Action

NEW, IN_PROGRESS, SUBMITTED = AnnotationState.NEW, AnnotationState.IN_PROGRESS, AnnotationState.SUBMITTED
CHANGES_ASKED, APPROVED = AnnotationState.CHANGES_ASKED, AnnotationState.APPROVED


class Step(TextChoices):
    """What a person does; that a first edit begins the work is not among them (`annotation.services`)."""

    SUBMIT = "submit", "Submit"
    WITHDRAW = "withdraw", "Take back"
    APPROVE = "approve", "Approve"
    ASK = "ask", "Ask for changes"
    REOPEN = "reopen", "Reopen"


@dataclass(frozen=True)
class Transition:
    """From any of these states to one, by whom, and whether a comment has to say why."""

    before: frozenset[AnnotationState]
    after: AnnotationState
    action: Action
    comment: bool = False
    settled: bool = False  # only when the model has nothing left to compute


TRANSITIONS: dict[Step, Transition] = {
    # An annotation without a single edit may be right: there may be nothing to draw.
    Step.SUBMIT: Transition(frozenset({NEW, IN_PROGRESS, CHANGES_ASKED}), SUBMITTED, Action.ANNOTATE, settled=True),
    Step.WITHDRAW: Transition(frozenset({SUBMITTED}), IN_PROGRESS, Action.ANNOTATE),
    Step.APPROVE: Transition(frozenset({SUBMITTED}), APPROVED, Action.REVIEW),
    Step.ASK: Transition(frozenset({SUBMITTED}), CHANGES_ASKED, Action.REVIEW, comment=True),
    Step.REOPEN: Transition(frozenset({APPROVED}), CHANGES_ASKED, Action.REVIEW, comment=True),
}


def steps_from(state: str, allowed: frozenset[Action]) -> list[Step]:
    """What somebody who is allowed these actions may do now."""
    return [step for step, path in TRANSITIONS.items() if state in path.before and path.action in allowed]
