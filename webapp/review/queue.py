"""What to work on next: what came back to me, what I have begun, what nobody has."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Case as CaseOf
from django.db.models import IntegerField, QuerySet, Value, When

from webapp.accounts.models import User
from webapp.annotation.models import EDITABLE, Annotation, AnnotationState
from webapp.annotation.services import annotation_of
from webapp.projects.models import Case
from webapp.projects.permissions import Action
from webapp.projects.selectors import project_for
from webapp.review import readings
from webapp.review.models import Assignment

ATTEMPTS = 20


def take_next(user: User, project_id: int) -> int | None:
    """The id of the case that the user should open, made theirs; None if nothing is left. Two people who ask at once
    never get the same one."""
    project = project_for(user, project_id, Action.ANNOTATE)
    own = _mine(user, project.pk).filter(reader=user if project.has_readings else None)
    mine = own.values_list("case_id", flat=True).first()
    if mine is not None:
        return mine
    if project.has_readings:
        return readings.take_next(user, project)
    for _ in range(ATTEMPTS):
        case = _free_cases(project.pk).first()
        if case is None:
            return None
        if _take(user, annotation_of(case)):
            return case.pk
    return None


def _mine(user: User, project_id: int) -> QuerySet[Annotation]:
    """My unfinished work: what came back first, then what lies longest."""
    returned_first = CaseOf(
        When(state=AnnotationState.CHANGES_ASKED, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    editable = Annotation.objects.filter(case__project_id=project_id, assignee=user, state__in=EDITABLE)
    return editable.order_by(returned_first, "changed")


def _free_cases(project_id: int) -> QuerySet[Case]:
    """Cases with an image that nobody has begun or been given."""
    taken = Annotation.objects.exclude(state=AnnotationState.NEW, assignee=None)
    with_image = Case.objects.filter(project_id=project_id, volumes__isnull=False)
    return with_image.exclude(annotations__in=taken).distinct().order_by("-priority", "id")


def _take(user: User, annotation: Annotation) -> bool:
    with transaction.atomic():
        free = Annotation.objects.filter(pk=annotation.pk, assignee=None, state=AnnotationState.NEW)
        if not free.update(assignee=user):
            return False
        Assignment.objects.create(annotation=annotation, user=user, by=user)
    return True
