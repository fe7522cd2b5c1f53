import datetime

import pytest
from django.utils import timezone

from webapp.accounts.models import User
from webapp.errors import DomainError, NotFoundError
from webapp.projects import invitations, selectors, services
from webapp.projects.models import Invitation, Project
from webapp.projects.permissions import Role


def test_an_invitation_makes_a_member_once(project: Project, manager: User, outsider: User, viewer: User) -> None:
    _, secret = invitations.invite(manager, project, Role.REVIEWER)
    assert invitations.accept(outsider, secret) == project
    assert selectors.role_in(outsider, project) == Role.REVIEWER
    with pytest.raises(NotFoundError):
        invitations.accept(viewer, secret)


def test_a_member_keeps_their_role_and_uses_nothing_up(project: Project, manager: User, viewer: User) -> None:
    made, secret = invitations.invite(manager, project, Role.MANAGER)
    invitations.accept(viewer, secret)
    assert selectors.role_in(viewer, project) == Role.VIEWER
    made.refresh_from_db()
    assert made.uses == 0


def test_the_secret_itself_is_not_kept(project: Project, manager: User) -> None:
    made, secret = invitations.invite(manager, project, Role.VIEWER)
    row = Invitation.objects.filter(pk=made.pk).values().get()
    assert secret not in str(row)
    assert len(row["secret_hash"]) == 64


@pytest.mark.parametrize("end", ["revoked", "expired", "its maker manages no more", "project is to be removed"])
def test_an_invitation_that_ended_is_as_one_that_never_was(
    end: str, project: Project, manager: User, annotator: User, outsider: User
) -> None:
    made, secret = invitations.invite(manager, project, Role.VIEWER, most_uses=5)
    assert list(invitations.open_invitations(project)) == [made]
    now = timezone.now()
    if end == "revoked":
        invitations.revoke(made)
    elif end == "expired":
        Invitation.objects.update(expires=now - datetime.timedelta(seconds=1))
    elif end == "project is to be removed":
        Project.objects.filter(pk=project.pk).update(removal_at=now + datetime.timedelta(days=1))
    else:
        services.set_member(project, annotator, Role.MANAGER)
        services.set_member(project, manager, Role.ANNOTATOR)
    with pytest.raises(NotFoundError, match="no longer valid"):
        invitations.accept(outsider, secret)
    assert not invitations.open_invitations(project).exists()


@pytest.mark.parametrize(("days", "uses"), [(0, 1), (91, 1), (7, 0), (7, 201)])
def test_an_invitation_has_bounds(days: int, uses: int, project: Project, manager: User) -> None:
    with pytest.raises(DomainError):
        invitations.invite(manager, project, Role.VIEWER, days, uses)
