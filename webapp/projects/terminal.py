"""What commands on the server take for granted: whoever may run them may act for a project's managers."""

from __future__ import annotations

from webapp.accounts.models import User
from webapp.errors import DomainError
from webapp.projects.models import Membership, Project
from webapp.projects.permissions import Role


def project_named(written: str) -> Project:
    """The project with this name or number; DomainError with a sentence unless it is exactly one."""
    named = Project.objects.filter(name=written)
    found = list(named if named.exists() or not written.isdecimal() else Project.objects.filter(pk=int(written)))
    if not found:
        raise DomainError(f"There is no project “{written}”.")
    if len(found) > 1:
        numbers = ", ".join(str(project.pk) for project in found)
        raise DomainError(f"Several projects are called “{written}”; name one by its number: {numbers}.")
    return found[0]


def manager_of(project: Project) -> User:
    """The manager who has been one for longest."""
    managers = Membership.objects.filter(project=project, role=Role.MANAGER).select_related("user")
    found = managers.order_by("pk").first()
    if found is None:
        raise DomainError(f"“{project.name}” has no manager.")
    return found.user
