"""The table of a project's cases, and what is done from it."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from webapp.accounts.models import User
from webapp.annotation.models import AnnotationState
from webapp.errors import DomainError
from webapp.projects.models import Membership, Project
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import project_for
from webapp.review.case_list import SORTS, Wanted, page_of
from webapp.review.queue import take_next
from webapp.review.readings import give_case


def case_table(request: HttpRequest, shown: Project, memberships: list[Membership]) -> dict[str, Any]:
    """The page of cases that is asked for, and what its form offers. Readers see where their own readings stand."""
    asked = {name: request.GET.get(name, "") for name in ("words", "state", "assignee", "tag", "sort")}
    wanted = Wanted(**{**asked, "sort": asked["sort"] or "newest"})
    roles = {membership.user_id: membership.role for membership in memberships}
    user = cast(User, request.user)
    reader = user.pk if shown.has_readings and not may(roles[user.pk], Action.REVIEW) else None
    page = page_of(shown, wanted, request.GET.get("page", "1"), reader)
    names = {membership.user_id: membership.user.name for membership in memberships}
    for case in page.object_list:
        case.state_label = AnnotationState(case.state).label
        case.assignee_name = names.get(case.assignee_id, "")
    return {
        "page": page,
        "wanted": wanted,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "states": AnnotationState.choices,
        "sorts": SORTS,
        "tags": shown.tags.all(),
    }


@require_POST
def next_case(request: HttpRequest, project_id: int) -> HttpResponse:
    """To the case to work on next."""
    case_id = take_next(cast(User, request.user), project_id)
    if case_id is None:
        messages.info(request, "No case is waiting: all are given to somebody or done.")
        return redirect("project", project_id)
    return redirect("workspace", case_id)


@require_POST
def assign_cases(request: HttpRequest, project_id: int) -> HttpResponse:
    """Give the ticked cases to a person, or take them from everybody."""
    shown = project_for(request.user, project_id, Action.ASSIGN)
    to = request.POST.get("to", "")
    ticked = [int(number) for number in request.POST.getlist("case") if number.isdecimal()]
    try:
        for case in shown.cases.filter(pk__in=ticked, volumes__isnull=False).distinct():
            give_case(cast(User, request.user), case, int(to) if to.isdecimal() else None)
    except DomainError as problem:
        messages.error(request, problem.sentence)
    query = request.POST.get("query", "")
    return redirect(f"{reverse('project', args=[project_id])}{'?' + query if query else ''}")
