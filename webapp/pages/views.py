from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from webapp.accounts.models import User
from webapp.errors import DomainError
from webapp.pages.boot import boot_of
from webapp.pages.cases import case_table
from webapp.pages.forms import NewProjectForm
from webapp.projects import selectors, services
from webapp.projects.permissions import Action, may
from webapp.review.readings import annotation_to_open
from webapp.volumes.selectors import target_volume
from webapp.volumes.services import waiting_uploads


@require_http_methods(["GET", "HEAD", "POST"])
def projects(request: HttpRequest) -> HttpResponse:
    """The projects of whoever is logged in, and a form for a new one."""
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_project(_user(request), form.cleaned_data["name"])
        except DomainError as problem:
            form.add_error("name", problem.sentence)
        else:
            return redirect("project", made.pk)
    return render(request, "projects.html", {"projects": selectors.projects_of(_user(request)), "form": form})


@require_safe
@ensure_csrf_cookie
def project(request: HttpRequest, project_id: int) -> HttpResponse:
    """One project: cases, upload, labels, who works in it."""
    shown = selectors.project_for(request.user, project_id)
    role = selectors.role_in(_user(request), shown)
    memberships = list(shown.memberships.select_related("user").order_by("user__username"))
    return render(
        request,
        "project.html",
        {
            "project": shown,
            **case_table(request, shown, memberships),
            "uploads": waiting_uploads(shown),
            "labels": selectors.labels_of(shown.pk),
            "memberships": selectors.members_of(shown.pk),
            "may_upload": may(role, Action.UPLOAD),
            "may_export": selectors.may_export(role, shown),
            "may_edit_labels": may(role, Action.EDIT_LABELS),
            "may_manage": may(role, Action.MANAGE),
            "may_review": may(role, Action.REVIEW),
            "may_annotate": may(role, Action.ANNOTATE),
            "may_assign": may(role, Action.ASSIGN),
        },
    )


@require_safe
@ensure_csrf_cookie
def workspace(request: HttpRequest, case_id: int) -> HttpResponse:
    """Where a case is annotated: the front end takes over from here."""
    case = selectors.case_for(request.user, case_id)
    volume = target_volume(case)
    wanted = request.GET.get("annotation", "")
    annotation = annotation_to_open(_user(request), case, int(wanted) if wanted.isdecimal() else None)
    role = selectors.role_in(_user(request), case.project)
    allowed = {
        "may_export": selectors.may_export(role, case.project),
        "may_annotate": may(role, Action.ANNOTATE),
    }
    boot = boot_of(_user(request), case, annotation, volume, **allowed)
    return render(request, "workspace.html", {"case": case, "boot": boot})


def _user(request: HttpRequest) -> User:
    """Whoever is logged in; pages are not reached otherwise."""
    return cast(User, request.user)
