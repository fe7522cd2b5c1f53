"""Whose reading of a case is made when: opened, taken in turn or given by a manager."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, Q

from webapp.accounts.models import User
from webapp.annotation.models import Annotation
from webapp.annotation.readings import axis_of
from webapp.annotation.selectors import annotation_for
from webapp.annotation.services import annotation_of
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from webapp.projects.models import Case, Membership, Project
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import role_in
from webapp.review.models import Assignment
from webapp.review.services import assign

MOST_READERS = 9
ATTEMPTS = 20


def set_readers(project: Project, readers: int, blinded: bool) -> None:
    """How many read a case, and whether they are kept apart. What was drawn stays as it is."""
    if not 1 <= readers <= MOST_READERS:
        raise DomainError(f"A case has 1 to {MOST_READERS} readers.")
    Project.objects.filter(pk=project.pk).update(readers=readers, blinded=blinded)


def annotation_to_open(user: User, case: Case, wanted: int | None = None) -> Annotation:
    """What the workspace shows of a case: the annotation that is asked for, else a reader's own, which is begun if
    there is room for another reader, else the one that is shared."""
    if wanted is not None:
        annotation = annotation_for(user, wanted)
        if annotation.case_id != case.pk:
            raise NotFoundError("There is no such annotation.")
        return annotation
    if not case.project.has_readings:
        return annotation_of(case)
    own = Annotation.objects.filter(case=case, reader=user).first()
    role = role_in(user, case.project)
    if own is not None:
        return own
    if may(role, Action.REVIEW):
        return annotation_of(case)
    if not may(role, Action.ANNOTATE):
        return annotation_for(user, annotation_of(case).pk)
    return begin_reading(user, case, by=user)


def begin_reading(reader: User, case: Case, by: User) -> Annotation:
    """A person's own annotation of a case, made at the first call. ConflictError once a case has all its readers."""
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        existing = Annotation.objects.filter(case=case, reader=reader).first()
        if existing is not None:
            return existing
        if Annotation.objects.filter(case=case, reader__isnull=False).count() >= case.project.readers:
            raise ConflictError("This case has all its readers.")
        made = Annotation.objects.create(case=case, reader=reader, assignee=reader, axis=axis_of(case))
        Assignment.objects.create(annotation=made, user=reader, by=by)
        return made


def take_next(user: User, project: Project) -> int | None:
    """A case that lacks readers and that the user does not read yet, made theirs: first those that were begun."""
    for _ in range(ATTEMPTS):
        case = _lacking_readers(user, project)
        if case is None:
            return None
        try:
            begin_reading(user, case, by=user)
        except ConflictError:
            continue  # somebody else was faster
        return case.pk
    return None


def _lacking_readers(user: User, project: Project) -> Case | None:
    cases = Case.objects.filter(project=project, volumes__isnull=False).exclude(annotations__reader=user)
    counted = cases.annotate(
        readings=Count("annotations", filter=Q(annotations__reader__isnull=False), distinct=True)
    ).filter(readings__lt=project.readers)
    return counted.select_related("project").order_by("-priority", "-readings", "id").first()


def give_to_readers(by: User, case: Case, people: Iterable[User]) -> list[User]:
    """Make a case that lacks readers the reading of these people, as far as they do not read it; gives those it went
    to."""
    reading = set(Annotation.objects.filter(case=case, reader__isnull=False).values_list("reader_id", flat=True))
    lacking = case.project.readers - len(reading)
    chosen = [person for person in people if person.pk not in reading][: max(0, lacking)]
    for person in chosen:
        give_case(by, case, person.pk)
    return chosen


def give_case(by: User, case: Case, user_id: int | None) -> None:
    """Make a case somebody's work; where every reader has an annotation of their own, one more reader's."""
    if not case.project.has_readings:
        assign(by, annotation_of(case).pk, user_id)
        return
    if not may(role_in(by, case.project), Action.ASSIGN):
        raise ForbiddenError("Only who gives cases to people may do that.")
    if user_id is None:
        raise DomainError("A reading stays its reader's.")
    membership = Membership.objects.select_related("user").filter(project=case.project, user_id=user_id).first()
    if membership is None or not may(membership.role, Action.ANNOTATE):
        raise DomainError("Only a member who may change masks can be given a case.")
    begin_reading(membership.user, case, by)
