from typing import Any

from webapp.accounts.models import User
from webapp.annotation.models import Annotation
from webapp.projects.models import Case
from webapp.projects.selectors import labels_of
from webapp.volumes.models import Volume


def boot_of(
    user: User,
    case: Case,
    annotation: Annotation,
    volume: Volume,
    *,
    may_export: bool = True,
    may_annotate: bool = True,
) -> dict[str, Any]:
    """What the workspace needs before its socket is open."""
    project = case.project
    return {
        "user": {"id": user.pk, "name": user.name},
        "project": {"id": project.pk, "name": project.name},
        "case": {"id": case.pk, "name": case.name},
        "annotation": {"id": annotation.pk, "axis": annotation.axis},
        "labels": [
            {"id": label.pk, "value": label.value, "name": label.name, "colour": label.colour}
            for label in labels_of(project.pk)
        ],
        "volume": {
            "id": volume.pk,
            "name": volume.name,
            "shape": volume.shape,
            "spacing_mm": volume.spacing_mm,
            "affine": volume.affine,
            "scale": volume.scale,
            "offset": volume.offset,
            "window": {"center": volume.window_center, "width": volume.window_width},
            "modality": volume.modality,
            "value_range": [volume.value_low, volume.value_high],
            "percentiles": [volume.percentile_1, volume.percentile_99],
        },
        "urls": {
            "voxels": f"/api/volumes/{volume.pk}/voxels",
            "socket": f"/ws/annotations/{annotation.pk}/",
            "export": f"/api/annotations/{annotation.pk}/export.nii.gz" if may_export else "",
            "bring_labels": f"/annotations/{annotation.pk}/labels/" if may_annotate else "",
            "labels": f"/api/projects/{project.pk}/labels",
            "project": f"/projects/{project.pk}/",
        },
    }
