"""The API's routes. Whoever is not logged in gets 401, whoever is no member 404; errors carry a sentence."""

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import File, NinjaAPI, Status
from ninja.errors import ValidationError
from ninja.files import UploadedFile
from ninja.security import django_auth

from webapp.annotation.selectors import annotation_for
from webapp.api import schemas
from webapp.api.export_routes import router as export_router
from webapp.api.insight_routes import router as insight_router
from webapp.api.review_routes import router as review_router
from webapp.api.streaming import byte_range, in_threads
from webapp.errors import DomainError
from webapp.export.nifti import label_map
from webapp.projects import services as project_services
from webapp.projects.models import Label
from webapp.projects.permissions import Action
from webapp.projects.selectors import label_for, project_for
from webapp.volumes import services as volume_services
from webapp.volumes.models import Upload
from webapp.volumes.selectors import upload_for, volume_for

IMMUTABLE = "private, max-age=31536000, immutable"
api = NinjaAPI(title="S2V Annotate", auth=django_auth, docs_url=None, openapi_url=None)
api.add_router("", export_router)
api.add_router("", review_router)
api.add_router("", insight_router)


@api.exception_handler(DomainError)
def _domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    return api.create_response(request, {"sentence": error.sentence}, status=error.status)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors)
    return api.create_response(request, {"sentence": f"The request is malformed ({problems})."}, status=422)


@api.get("/volumes/{int:volume_id}/voxels")
def voxels(request: HttpRequest, volume_id: int, start: int, stop: int) -> StreamingHttpResponse:
    """Slices [start, stop) along storage axis 0 as raw little-endian int16, C order (Z, Y, X)."""
    volume = volume_for(request.user, volume_id)
    depth, height, width = volume.shape
    if not 0 <= start < stop <= depth:
        raise DomainError(f"The slices asked for must lie within 0 to {depth}.")
    plane = height * width * 2
    chunks = byte_range(volume.display_path, start * plane, stop * plane)
    headers = {"Content-Length": str((stop - start) * plane), "Cache-Control": IMMUTABLE}
    return StreamingHttpResponse(chunks, content_type="application/octet-stream", headers=headers)


@api.get("/volumes/{int:volume_id}/thumbnail.png")
def thumbnail(request: HttpRequest, volume_id: int) -> HttpResponse:
    """The middle slice as a small picture."""
    path = volume_for(request.user, volume_id).thumbnail_path
    return HttpResponse(path.read_bytes(), content_type="image/png", headers={"Cache-Control": IMMUTABLE})


@api.post("/projects/{int:project_id}/uploads", response={202: schemas.Accepted})
def upload(request: HttpRequest, project_id: int, file: File[list[UploadedFile]]) -> Status[dict[str, int]]:
    """Bring a file, or the files of a DICOM series; the import goes on in the background."""
    user: Any = request.user
    project = project_for(user, project_id, Action.UPLOAD)
    files = [arrived for arrived in file if isinstance(arrived, TemporaryUploadedFile)]
    if not files or len(files) != len(file):
        raise DomainError("The file did not arrive.")
    if "series" in request.POST:
        return Status(202, {"id": volume_services.accept_dicom_files(user, project, files).pk})
    if len(files) > 1:
        raise DomainError("Bring one file at a time.")
    return Status(202, {"id": volume_services.accept_upload(user, project, files[0]).pk})


@api.get("/uploads/{int:upload_id}", response=schemas.UploadState)
def upload_state(request: HttpRequest, upload_id: int) -> Upload:
    """How far an import is."""
    return upload_for(request.user, upload_id)


@api.post("/projects/{int:project_id}/labels", response=schemas.Label)
def add_label(request: HttpRequest, project_id: int, wanted: schemas.NewLabel) -> Label:
    project = project_for(request.user, project_id, Action.EDIT_LABELS)
    return project_services.add_label(project, wanted.name, wanted.colour)


@api.patch("/labels/{int:label_id}", response=schemas.Label)
def change_label(request: HttpRequest, label_id: int, wanted: schemas.LabelChange) -> Label:
    label = label_for(request.user, label_id, Action.EDIT_LABELS)
    return project_services.change_label(label, wanted.name, wanted.colour)


@api.get("/annotations/{int:annotation_id}/export.nii.gz")
def export(request: HttpRequest, annotation_id: int) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """The label map on the original grid."""
    annotation = annotation_for(request.user, annotation_id, Action.EXPORT)
    file = label_map(annotation)
    headers = {"Content-Disposition": file.disposition, "Cache-Control": "no-store"}
    return StreamingHttpResponse(in_threads(file.chunks), content_type="application/gzip", headers=headers)
