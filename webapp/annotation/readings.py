"""Several readers of a case, each with an annotation of their own: who may get at which."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from webapp.accounts.models import User
from webapp.annotation.models import Annotation
from webapp.errors import ForbiddenError, NotFoundError
from webapp.projects.models import Case
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import keeps_apart, role_in
from webapp.volumes.selectors import target_volume

_LOOKING = (Action.VIEW, Action.EXPORT)


def check(user: User | AnonymousUser, annotation: Annotation, action: Action) -> None:
    """Raise NotFoundError for a member who is kept apart from an annotation, ForbiddenError for one who would change
    what is another's own. Who reviews gets at everything; a reading stays its reader's when the project has none any
    more. The user is known to be a member who may do `action` in the project."""
    project = annotation.case.project
    own = annotation.reader_id == user.pk
    shared = annotation.reader_id is None and not project.has_readings
    if own or shared or (isinstance(user, User) and may(role_in(user, project), Action.REVIEW)):
        return
    if keeps_apart(project) or (annotation.reader_id is not None and project.blinded):
        raise NotFoundError("There is no such annotation.")
    if action not in _LOOKING:
        raise ForbiddenError("This is not yours: only who reads it may change it.")


def axis_of(case: Case) -> int:
    """The storage axis along which annotations of a case propagate: the coarsest one."""
    spacing_mm = target_volume(case).spacing_mm
    return spacing_mm.index(max(spacing_mm))
