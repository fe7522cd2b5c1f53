"""The only ways to a volume or an upload."""

from django.contrib.auth.models import AnonymousUser

from webapp.accounts.models import User
from webapp.errors import NotFoundError
from webapp.projects.models import Case
from webapp.projects.permissions import Action
from webapp.projects.selectors import check
from webapp.volumes.models import Upload, Volume


def volume_for(user: User | AnonymousUser, volume_id: int, action: Action = Action.VIEW) -> Volume:
    """The volume with its case and project, if the user may do `action` in it."""
    volume = Volume.objects.select_related("case__project").filter(pk=volume_id).first()
    if volume is None:
        raise NotFoundError("There is no such volume.")
    check(user, volume.case.project_id, action)
    return volume


def upload_for(user: User | AnonymousUser, upload_id: int, action: Action = Action.VIEW) -> Upload:
    """The upload, if the user may do `action` in its project."""
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        raise NotFoundError("There is no such upload.")
    check(user, upload.project_id, action)
    return upload


def target_volume(case: Case) -> Volume:
    """The volume of a case that is annotated: the first one; others are sequences to look at beside it."""
    volume = case.volumes.order_by("id").first()
    if volume is None:
        raise NotFoundError("This case has no volume yet.")
    return volume
