"""Invitations to a project by link: made, taken back, accepted."""

import datetime
import hashlib
import secrets

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from webapp.accounts.models import User
from webapp.errors import DomainError, NotFoundError
from webapp.projects.models import Invitation, Membership, Project
from webapp.projects.permissions import Role

LONGEST_DAYS = 90
MOST_USES = 200
_NO_LONGER = "This invitation does not exist or is no longer valid. Ask for a new one."


def invite(user: User, project: Project, role: Role, days: int = 7, most_uses: int = 1) -> tuple[Invitation, str]:
    """A new invitation and its secret, which is not kept: it can be shown now or never."""
    if not 1 <= days <= LONGEST_DAYS:
        raise DomainError(f"An invitation holds for 1 to {LONGEST_DAYS} days.")
    if not 1 <= most_uses <= MOST_USES:
        raise DomainError(f"An invitation is for 1 to {MOST_USES} people.")
    secret = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        project=project,
        role=role,
        secret_hash=_hash(secret),
        made_by=user,
        expires=timezone.now() + datetime.timedelta(days=days),
        most_uses=most_uses,
    )
    return made, secret


def revoke(invitation: Invitation) -> None:
    """Nobody comes in by this link any more; who came in stays."""
    Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now())


def open_invitations(project: Project) -> QuerySet[Invitation]:
    """The invitations by which somebody could still come in, newest first."""
    return _open().filter(project=project).select_related("made_by")


def invitation_with(secret: str) -> Invitation:
    """The open invitation with this secret, its project and who made it; NotFoundError if there is none."""
    found = _open().filter(secret_hash=_hash(secret)).select_related("project", "made_by").first()
    if found is None:
        raise NotFoundError(_NO_LONGER)
    return found


def accept(user: User, secret: str) -> Project:
    """Become a member by an invitation. A member stays what they are, and uses nothing up."""
    with transaction.atomic():
        # The lock of the project's row: changes of its members come one after the other.
        project = Project.objects.select_for_update().get(pk=invitation_with(secret).project_id)
        invitation = invitation_with(secret)
        _, joined = Membership.objects.get_or_create(project=project, user=user, defaults={"role": invitation.role})
        if joined:
            Invitation.objects.filter(pk=invitation.pk).update(uses=F("uses") + 1)
    return project


def _open() -> QuerySet[Invitation]:
    # Whoever may not invite any more takes their invitations along.
    manages = Membership.objects.filter(
        project=OuterRef("project"), user=OuterRef("made_by"), role=Role.MANAGER, user__is_active=True
    )
    usable = Q(revoked_at=None, expires__gt=timezone.now(), uses__lt=F("most_uses"), project__removal_at=None)
    return Invitation.objects.filter(usable, Exists(manages))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
