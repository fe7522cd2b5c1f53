from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from webapp.accounts.models import User
from webapp.export.dataset import choose
from webapp.export.models import Export
from webapp.export.options import Format, Selection, Split, wanted_from
from webapp.export.selectors import exports_of
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import project_for, role_in

SHORT = {
    Format.NIFTI: "NIfTI",
    Format.NIFTI_PER_LABEL: "NIfTI a label",
    Format.SEG_NRRD: "Slicer",
    Format.DICOM_SEG: "DICOM-SEG",
    Format.NNUNET: "nnU-Net",
    Format.MSD: "MSD",
    Format.STL: "STL",
    Format.CSV: "CSV",
}
NOTES = {
    Format.NIFTI: "values as in the project",
    Format.NIFTI_PER_LABEL: "a mask of 0 and 1 for each",
    Format.SEG_NRRD: "with names and colours",
    Format.DICOM_SEG: "of cases that came as DICOM, naming their images",
    Format.NNUNET: "consecutive labels, splits",
    Format.MSD: "consecutive labels",
    Format.STL: "closed, not smoothed, LPS mm",
    Format.CSV: "voxels and millilitres",
}


@dataclass(frozen=True)
class Row:
    """An export as the page lists it."""

    export: Export
    formats: str
    split: Split
    cases: int


@require_safe
@ensure_csrf_cookie
def exports(request: HttpRequest, project_id: int) -> HttpResponse:
    """What has left a project, and a form to let more leave."""
    project = project_for(request.user, project_id, Action.EXPORT)
    rows = [_row(export) for export in exports_of(project)]
    return render(
        request,
        "exports.html",
        {
            "project": project,
            "rows": rows,
            "formats": [(known.value, known.label, NOTES[known]) for known in Format],
            "selections": [(known.value, known.label, len(choose(project, known))) for known in Selection],
            "cases": project.cases.count(),
            "split": Split(),
            "may_remove": may(role_in(cast(User, request.user), project), Action.MANAGE),
        },
    )


def _row(export: Export) -> Row:
    wanted = wanted_from(export.wanted)
    return Row(export, " · ".join(SHORT[known] for known in wanted.formats), wanted.split, len(export.contents))
