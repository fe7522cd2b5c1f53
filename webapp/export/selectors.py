"""The only ways to an export."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from webapp.accounts.models import User
from webapp.errors import ConflictError, NotFoundError
from webapp.export.models import Export, ExportState
from webapp.projects.models import Project
from webapp.projects.permissions import Action
from webapp.projects.selectors import check


def export_for(user: User | AnonymousUser, export_id: int, action: Action = Action.EXPORT) -> Export:
    """The export with its project, if the user may do `action` there."""
    export = Export.objects.select_related("project", "user").filter(pk=export_id).first()
    if export is None:
        raise NotFoundError("There is no such export.")
    check(user, export.project_id, action)
    return export


def finished_export_for(user: User | AnonymousUser, export_id: int) -> Export:
    """The same, if there is something to download."""
    export = export_for(user, export_id)
    if export.state != ExportState.READY:
        raise ConflictError("This export is not written yet.")
    return export


def exports_of(project: Project) -> QuerySet[Export]:
    """The exports of a project, newest first."""
    return Export.objects.filter(project=project).select_related("user")
