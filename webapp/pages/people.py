"""Who is in a project and who is invited."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from webapp.accounts.models import User
from webapp.errors import DomainError
from webapp.pages.forms import InvitationForm, MemberForm, RoleForm
from webapp.projects import invitations, selectors, services
from webapp.projects.permissions import Action, Role, may

FRESH_LINK = "fresh_invitation"


@require_safe
def people(request: HttpRequest, project_id: int) -> HttpResponse:
    """The members of a project; its managers also see the invitations, and forms for both."""
    shown = selectors.project_for(request.user, project_id)
    may_manage = may(selectors.role_in(cast(User, request.user), shown), Action.MANAGE)
    return render(
        request,
        "people.html",
        {
            "project": shown,
            "memberships": selectors.members_of(shown.pk),
            "roles": Role.choices,
            "may_manage": may_manage,
            "invitations": invitations.open_invitations(shown) if may_manage else [],
            "fresh_link": request.session.pop(f"{FRESH_LINK}_{shown.pk}", "") if may_manage else "",
            "longest_days": invitations.LONGEST_DAYS,
            "most_uses": invitations.MOST_USES,
        },
    )


@require_POST
def add_member(request: HttpRequest, project_id: int) -> HttpResponse:
    """Let in a person who has an account."""
    project = selectors.project_for(request.user, project_id, Action.MANAGE)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _back(request, project_id, "Name a person and a role.")
    person, role = form.cleaned_data["person"], Role(form.cleaned_data["role"])
    return _try(request, project_id, lambda: services.set_member(project, services.find_person(person), role))


@require_POST
def change_role(request: HttpRequest, project_id: int, user_id: int) -> HttpResponse:
    """Give a member another role."""
    member = selectors.member_for(request.user, project_id, user_id, Action.MANAGE)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _back(request, project_id, "There is no such role.")
    role = Role(form.cleaned_data["role"])
    return _try(request, project_id, lambda: services.set_member(member.project, member.user, role))


@require_POST
def remove_member(request: HttpRequest, project_id: int, user_id: int) -> HttpResponse:
    """Show a person out."""
    member = selectors.member_for(request.user, project_id, user_id, Action.MANAGE)
    return _try(request, project_id, lambda: services.remove_member(member.project, member.user))


@require_POST
def invite(request: HttpRequest, project_id: int) -> HttpResponse:
    """Make an invitation; its link is shown once, on the page that follows."""
    project = selectors.project_for(request.user, project_id, Action.MANAGE)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _back(request, project_id, "An invitation needs a role, a number of days and a number of people.")
    wanted = form.cleaned_data
    _, secret = invitations.invite(
        cast(User, request.user), project, Role(wanted["role"]), wanted["days"], wanted["uses"]
    )
    request.session[f"{FRESH_LINK}_{project_id}"] = request.build_absolute_uri(reverse("join", args=[secret]))
    return redirect("people", project_id)


@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = selectors.invitation_for(request.user, invitation_id)
    invitations.revoke(invitation)
    return redirect("people", invitation.project_id)


def _try(request: HttpRequest, project_id: int, work: Callable[[], object]) -> HttpResponse:
    try:
        work()
    except DomainError as problem:
        return _back(request, project_id, problem.sentence)
    return redirect("people", project_id)


def _back(request: HttpRequest, project_id: int, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("people", project_id)
