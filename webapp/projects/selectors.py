"""The only ways to a project, a case or a label. Whoever is no member gets the same answer as for an id that
never was; a member whose role does not allow the action is told so."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet

from webapp.accounts.models import User
from webapp.errors import ForbiddenError, NotFoundError
from webapp.projects.models import Case, Invitation, Label, Membership, Project
from webapp.projects.permissions import Action, may


def check(user: User | AnonymousUser, project_id: int, action: Action) -> None:
    """Raise NotFoundError unless the user is a member, ForbiddenError unless their role allows the action."""
    membership = None
    if user.is_authenticated and user.is_active:
        found = Membership.objects.select_related("project").filter(project_id=project_id, user_id=user.pk)
        membership = found.first()
    if membership is None:
        raise NotFoundError("There is no such project.")
    if action == Action.EXPORT and not may_export(membership.role, membership.project):
        raise ForbiddenError("Readers of this project are kept apart: only who reviews may download masks.")
    if not may(membership.role, action):
        raise ForbiddenError(f"As {membership.role} of this project you may not {action.value}.")


def keeps_apart(project: Project) -> bool:
    """Whether readers of a case must not get at what the others draw."""
    return project.has_readings and project.blinded


def may_export(role: str, project: Project) -> bool:
    """Whether masks may leave: where readers are kept apart, only with those who see all of them."""
    return may(role, Action.REVIEW if keeps_apart(project) else Action.EXPORT)


def projects_of(user: User) -> QuerySet[Project]:
    """The projects this person is a member of, with `cases_count`, newest first."""
    mine = Project.objects.filter(memberships__user=user)
    return mine.annotate(cases_count=Count("cases", distinct=True)).order_by("-created")


def project_for(user: User | AnonymousUser, project_id: int, action: Action = Action.VIEW) -> Project:
    """The project, if the user may do `action` in it."""
    check(user, project_id, action)
    return Project.objects.get(pk=project_id)


def case_for(user: User | AnonymousUser, case_id: int, action: Action = Action.VIEW) -> Case:
    """The case with its project, if the user may do `action` in it."""
    case = Case.objects.select_related("project").filter(pk=case_id).first()
    if case is None:
        raise NotFoundError("There is no such case.")
    check(user, case.project_id, action)
    return case


def label_for(user: User | AnonymousUser, label_id: int, action: Action = Action.VIEW) -> Label:
    """The label with its project, if the user may do `action` in it."""
    label = Label.objects.select_related("project").filter(pk=label_id, retired_at=None).first()
    if label is None:
        raise NotFoundError("There is no such label.")
    check(user, label.project_id, action)
    return label


def invitation_for(user: User | AnonymousUser, invitation_id: int, action: Action = Action.MANAGE) -> Invitation:
    """The invitation, if the user may do `action` in its project."""
    invitation = Invitation.objects.select_related("project").filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFoundError("There is no such invitation.")
    check(user, invitation.project_id, action)
    return invitation


def member_for(user: User | AnonymousUser, project_id: int, member_id: int, action: Action = Action.VIEW) -> Membership:
    """The membership of the person `member_id` with project and person, if the user may do `action` there."""
    check(user, project_id, action)
    found = Membership.objects.select_related("project", "user").filter(project_id=project_id, user_id=member_id)
    membership = found.first()
    if membership is None:
        raise NotFoundError("There is no such member.")
    return membership


def members_of(project_id: int) -> QuerySet[Membership]:
    """The memberships with their people, by name."""
    found = Membership.objects.filter(project_id=project_id)
    return found.select_related("user").order_by("user__first_name", "user__username")


def labels_of(project_id: int) -> list[Label]:
    """The labels in use, by value."""
    return list(Label.objects.filter(project_id=project_id, retired_at=None).order_by("value"))


def role_in(user: User, project: Project) -> str:
    """The role of a member (who is known to be one)."""
    return Membership.objects.get(project=project, user=user).role
