"""Labels that were made elsewhere: bringing the file, and choosing what each of its labels becomes."""

from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts.models import User
from webapp.annotation import label_maps
from webapp.annotation.models import EDITABLE, LabelMap, LabelMapState
from webapp.annotation.selectors import annotation_for
from webapp.errors import DomainError
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import labels_of, role_in

NEW = "new"


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, annotation_id: int) -> HttpResponse:
    """A form for a label map, and those that were brought before."""
    annotation = annotation_for(request.user, annotation_id, Action.ANNOTATE)
    case = annotation.case
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if not isinstance(file, TemporaryUploadedFile):
                raise DomainError("Choose a file.")
            return redirect("label_map", label_maps.bring(_user(request), annotation.pk, file).pk)
        except DomainError as problem:
            messages.error(request, problem.sentence)
            return redirect("bring_labels", annotation_id)
    brought = annotation.label_maps.select_related("user").order_by("-id")
    shown = {"annotation": annotation, "case": case, "project": case.project, "brought": brought}
    return render(request, "bring_labels.html", {**shown, "editable": annotation.state in EDITABLE})


@require_http_methods(["GET", "HEAD", "POST"])
def label_map(request: HttpRequest, label_map_id: int) -> HttpResponse:
    """What a file holds, and what of it becomes which label."""
    shown = label_maps.label_map_for(_user(request), label_map_id, Action.ANNOTATE)
    if request.method == "POST":
        over_any = request.POST.get("over") == "any"
        try:
            label_maps.take_over(_user(request), label_map_id, _chosen(request, shown), over_any=over_any)
        except DomainError as problem:
            messages.error(request, problem.sentence)
            return redirect("label_map", label_map_id)
        return redirect("workspace", shown.annotation.case_id)
    case = shown.annotation.case
    may_add = may(role_in(_user(request), case.project), Action.EDIT_LABELS)
    return render(
        request,
        "label_map.html",
        {
            "label_map": shown,
            "case": case,
            "project": case.project,
            "rows": _rows(shown, may_add),
            "labels": labels_of(case.project_id),
            "may_add": may_add,
            "reading": shown.state in label_maps.UNFINISHED,
            "readable": shown.state in (LabelMapState.READY, LabelMapState.TAKEN_OVER),
        },
    )


@require_POST
def discard(request: HttpRequest, label_map_id: int) -> HttpResponse:
    """Forget a file that was not taken over."""
    shown = label_maps.label_map_for(_user(request), label_map_id, Action.ANNOTATE)
    try:
        label_maps.discard(_user(request), label_map_id)
    except DomainError as problem:
        messages.error(request, problem.sentence)
    return redirect("bring_labels", shown.annotation_id)


def _rows(shown: LabelMap, may_add: bool) -> list[dict[str, Any]]:
    """Segments with what is chosen for each at first."""
    suggested = label_maps.suggested(shown)
    rows = []
    for segment in shown.segments:
        chosen: int | str | None = suggested.get(segment["number"])
        if chosen is None and segment["name"] and may_add:
            chosen = NEW
        rows.append(
            {
                **segment,
                "chosen": chosen if segment["voxels"] else None,
                "new_name": _new_name(segment),
                "size": f"{segment['voxels']:,}",
            }
        )
    return rows


def _new_name(segment: dict[str, Any]) -> str:
    return segment["name"] or f"Label {segment['value']}"


def _chosen(request: HttpRequest, shown: LabelMap) -> dict[int, int | str]:
    chosen: dict[int, int | str] = {}
    for segment in shown.segments:
        wanted = request.POST.get(f"becomes_{segment['number']}", "")
        if wanted == NEW:
            chosen[segment["number"]] = _new_name(segment)
        elif wanted.isdecimal():
            chosen[segment["number"]] = int(wanted)
    return chosen


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
