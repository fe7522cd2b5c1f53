"""Exports of a project: asked for, followed, downloaded, removed."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Router, Status

from webapp.api import schemas
from webapp.api.streaming import byte_range
from webapp.export import services
from webapp.export.models import Export
from webapp.export.options import wanted_from
from webapp.export.selectors import export_for, exports_of, finished_export_for
from webapp.projects.permissions import Action
from webapp.projects.selectors import project_for

router = Router()


@router.post("/projects/{int:project_id}/exports", response={202: schemas.Accepted})
def request_export(request: HttpRequest, project_id: int, wanted: schemas.WantedExport) -> Status[dict[str, int]]:
    """Ask for an export; it is written in the background."""
    user: Any = request.user
    project = project_for(user, project_id, Action.EXPORT)
    asked = services.request_export(user, project, wanted_from(wanted.model_dump(exclude_unset=True)))
    return Status(202, {"id": asked.pk})


@router.get("/projects/{int:project_id}/exports", response=list[schemas.ExportState])
def exports(request: HttpRequest, project_id: int) -> list[Export]:
    """The exports of a project, newest first."""
    return list(exports_of(project_for(request.user, project_id, Action.EXPORT)))


@router.get("/exports/{int:export_id}", response=schemas.ExportState)
def export_state(request: HttpRequest, export_id: int) -> Export:
    """How far an export is."""
    return export_for(request.user, export_id)


@router.get("/exports/{int:export_id}/file.zip")
def download(request: HttpRequest, export_id: int) -> StreamingHttpResponse:
    """The finished ZIP, as often as one likes."""
    export = finished_export_for(request.user, export_id)
    headers = {
        "Content-Length": str(export.size_bytes),
        "Content-Disposition": content_disposition_header(True, export.download_name) or "attachment",
        "Cache-Control": "no-store",
    }
    chunks = byte_range(export.path, 0, export.size_bytes)
    return StreamingHttpResponse(chunks, content_type="application/zip", headers=headers)


@router.delete("/exports/{int:export_id}", response={204: None})
def remove(request: HttpRequest, export_id: int) -> HttpResponse:
    """Take an export off the list and its file off the disk."""
    services.remove_export(export_for(request.user, export_id, Action.MANAGE))
    return HttpResponse(status=204)
