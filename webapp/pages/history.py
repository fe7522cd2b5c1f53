"""What happened at an annotation, its versions side by side, and the way back to one of them."""

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from webapp.accounts.models import User
from webapp.annotation.models import EDITABLE, Annotation
from webapp.annotation.selectors import annotation_for
from webapp.annotation.services import restore_version
from webapp.errors import DomainError
from webapp.insight.comparing import Changes
from webapp.insight.comparing import compare as changes_between
from webapp.insight.history import timeline, versions
from webapp.pages.slice_pictures import slice_pictures
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import role_in


@require_safe
def history(request: HttpRequest, annotation_id: int) -> HttpResponse:
    """Who did what when, and the versions that came of it."""
    annotation = annotation_for(request.user, annotation_id)
    entries = timeline(annotation)
    role = role_in(cast(User, request.user), annotation.case.project)
    shown = {
        "annotation": annotation,
        "case": annotation.case,
        "project": annotation.case.project,
        "entries": [(type(entry).__name__, entry) for entry in entries],
        "versions": versions(annotation, entries),
        "may_restore": may(role, Action.ANNOTATE) and annotation.state in EDITABLE,
    }
    return render(request, "history.html", shown)


@require_safe
def compare(request: HttpRequest, annotation_id: int) -> HttpResponse:
    """Two versions: what changed by label and by slice, and pictures of a slice."""
    annotation = annotation_for(request.user, annotation_id)
    first, second = (_revision(request, name, annotation) for name in ("first", "second"))
    changes = changes_between(annotation, first, second)
    slices = f"/api/annotations/{annotation.pk}/slices/{{z}}.png"
    shown = {
        "annotation": annotation,
        "case": annotation.case,
        "project": annotation.case.project,
        "first": first,
        "second": second,
        "versions": versions(annotation, timeline(annotation)),
        "rows": _rows(annotation, changes),
        "changes": changes,
        "slices_changed": sum(1 for voxels in changes.slices if voxels),
        **slice_pictures(
            changes.slices,
            request.GET.get("z", ""),
            {
                f"Version {first}": f"{slices}?revision={first}",
                f"Version {second}": f"{slices}?revision={second}",
                "Difference": f"{slices}?revision={second}&against={first}",
            },
        ),
    }
    return render(request, "compare.html", shown)


@require_POST
def restore(request: HttpRequest, annotation_id: int) -> HttpResponse:
    """Back to an earlier version."""
    annotation_for(request.user, annotation_id, Action.ANNOTATE)
    asked = request.POST.get("revision", "")
    try:
        if not asked.isdecimal():
            raise DomainError("There is no such version.")
        restore_version(cast(User, request.user), annotation_id, int(asked), uuid.uuid4())
    except DomainError as problem:
        messages.error(request, problem.sentence)
    else:
        messages.info(request, f"Version {asked} is back. Your undo in the workspace takes this back.")
    return redirect(reverse("history", args=[annotation_id]))


def _revision(request: HttpRequest, name: str, annotation: Annotation) -> int:
    """One that exists: what is no number or too high is the current one."""
    asked = request.GET.get(name, "")
    return min(int(asked), annotation.revision) if asked.isdecimal() else annotation.revision


def _rows(annotation: Annotation, changes: Changes) -> list[dict[str, Any]]:
    """Labels by name, with those that were retired since."""
    known = {label.value: label for label in annotation.case.project.labels.all()}
    return [{"label": known[change.value], "change": change} for change in changes.labels if change.value in known]
