"""What is read of a review, and the only way to a remark."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from webapp.accounts.models import User
from webapp.annotation.models import Annotation
from webapp.annotation.selectors import annotation_for
from webapp.errors import NotFoundError
from webapp.projects.permissions import ALLOWED, Action, Role
from webapp.projects.selectors import role_in
from webapp.review.models import Decision, Remark
from webapp.review.transitions import Step, steps_from


def remark_for(user: User | AnonymousUser, remark_id: int, action: Action = Action.ANNOTATE) -> Remark:
    """The remark with its annotation, if the user may do `action` in its project."""
    remark = Remark.objects.select_related("annotation__case").filter(pk=remark_id).first()
    if remark is None:
        raise NotFoundError("There is no such remark.")
    annotation_for(user, remark.annotation_id, action)
    return remark


def decisions_of(annotation: Annotation) -> QuerySet[Decision]:
    """What was decided, oldest first."""
    return annotation.decisions.select_related("user")


def remarks_of(annotation: Annotation) -> QuerySet[Remark]:
    """What was remarked, oldest first, with replies."""
    return annotation.remarks.select_related("user", "resolved_by").prefetch_related("replies__user")


def steps_for(user: User, annotation: Annotation) -> list[Step]:
    """What a member may have the annotation do now."""
    role = Role(role_in(user, annotation.case.project))
    return steps_from(annotation.state, ALLOWED[role])
