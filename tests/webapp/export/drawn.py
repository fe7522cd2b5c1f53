"""Annotated cases for the tests of exports: real files imported, labels stored as slices."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from webapp.accounts.models import User
from webapp.annotation import frames
from webapp.annotation.models import Annotation, SliceMask, Trust
from webapp.annotation.services import annotation_of
from webapp.projects.models import Project
from webapp.volumes.services import import_file


def paint(annotation: Annotation, labels: NDArray[np.uint8], trust: Trust = Trust.MODEL, revision: int = 0) -> None:
    """Store labels (Z, Y, X) as the annotation's slices, those without a label left out."""
    across = np.moveaxis(labels, annotation.axis, 0)
    for z, plane in enumerate(across):
        if not plane.any():
            continue
        box, payload = frames.crop_and_encode(plane)
        SliceMask.objects.create(
            annotation=annotation, z=z, revision=revision, sequence=z + 1, trust=trust, labels=payload,
            row0=box.row0, col0=box.col0, rows=box.rows, cols=box.cols, confidence=[], state=b"", digest="",
        )  # fmt: skip


def drawn_case(
    user: User, project: Project, folder: Path, name: str, image: NDArray[np.generic], labels: NDArray[np.uint8],
    affine: NDArray[np.float64],
) -> Annotation:  # fmt: skip
    """A case of an image (Z, Y, X) with labels on the same grid."""
    source = folder / f"{name}.nii.gz"
    nib.save(nib.Nifti1Image(image.T, affine), source)
    annotation = annotation_of(import_file(user, project, source))
    paint(annotation, labels)
    return annotation
