"""Pictures of slices: with the labels of a version, or with the difference of two."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from webapp.annotation.selectors import annotation_for, volume_of
from webapp.errors import NotFoundError
from webapp.insight import pictures
from webapp.insight.comparing import Pin

router = Router()
_HEADERS = {"Cache-Control": "private, no-cache"}


@router.get("/annotations/{int:annotation_id}/slices/{int:z}.png")
def slice_picture(
    request: HttpRequest,
    annotation_id: int,
    z: int,
    revision: int | None = None,
    against: int | None = None,
    of: int | None = None,
) -> HttpResponse:
    """Slice `z` along the propagation axis as a revision (the current one if none is named) left it; with `against`,
    what it has more, less and otherwise than that revision, of the same annotation or of another one of the case."""
    annotation = annotation_for(request.user, annotation_id)
    if z >= volume_of(annotation).shape[annotation.axis]:
        raise NotFoundError("There is no such slice.")
    shown = annotation.revision if revision is None else revision
    if against is None:
        drawn = pictures.slice_png(annotation, shown, z)
    else:
        other = annotation if of is None else annotation_for(request.user, of)
        if other.case_id != annotation.case_id:
            raise NotFoundError("There is no such annotation.")
        drawn = pictures.difference_png(Pin(other, against), Pin(annotation, shown), z)
    return HttpResponse(drawn, content_type="image/png", headers=_HEADERS)
