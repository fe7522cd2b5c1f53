"""manifest.json: where everything in an archive comes from, down to the single click, and checksums of every file.

It tells nothing of when or by whom it was exported, so that the same revisions are the same bytes.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from webapp.annotation.edit_log import counting_after
from webapp.annotation.models import ACTIVE_KINDS, Run
from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.trust import MEANING

PATH = "manifest.json"


@dataclass(frozen=True)
class Checksum:
    """What is known of a file in the archive."""

    sha256: str
    size_bytes: int


@lru_cache(maxsize=1)
def product_version() -> str:
    """The version of this installation."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def manifest(dataset: Dataset, files: Mapping[str, Checksum]) -> Iterator[bytes]:
    """The JSON in pieces, a case at a time: a log of prompts may be long."""
    yield from (b'{\n "about": ', _json(_about(dataset)), b',\n "cases": [')
    for number, case in enumerate(dataset.cases):
        yield from (b"," if number else b"", b"\n  ", _json(_case(case)))
    sums = {path: {"sha256": known.sha256, "bytes": known.size_bytes} for path, known in sorted(files.items())}
    yield from (b'\n ],\n "files": ', _json(sums), b"\n}\n")


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).replace("\n", "\n  ").encode()


def _about(dataset: Dataset) -> dict[str, Any]:
    return {
        "product": {"name": "S2V Annotate", "version": product_version()},
        "project": {"id": dataset.project.pk, "name": dataset.project.name},
        "wanted": dataset.wanted.as_json(),
        "labels": [
            {
                "value": label.value,
                "name": label.name,
                "colour": label.colour,
                "retired": label.retired_at is not None,
                "value_in_training_sets": number,
            }
            for number, label in enumerate(dataset.labels, start=1)
        ],
        "trust": MEANING,
        "coordinates": {"nifti": "RAS mm", "seg_nrrd": "LPS mm", "dicom_seg": "LPS mm", "stl": "LPS mm"},
    }


def _case(case: ExportedCase) -> dict[str, Any]:
    annotation, volume = case.annotation, case.volume
    return {
        "key": case.key,
        "case": {"id": annotation.case_id, "name": annotation.case.name},
        "part": case.part,
        "annotation": annotation.pk,
        "revision": case.revision,
        "propagation_axis": annotation.axis,
        "models": _models(case),
        "volume": {
            "id": volume.pk,
            "sha256": volume.sha256,
            "shape_zyx": volume.shape,
            "spacing_zyx_mm": volume.spacing_mm,
            "affine_ijk_to_ras_mm": volume.affine,
            "modality": volume.modality,
        },
        "voxels": {str(value): count for value, count in case.voxels.items()},
        "log": _log(case),
    }


def _models(case: ExportedCase) -> list[str]:
    """Hashes of the models that made its slices, the one used last at the end."""
    runs = Run.objects.filter(annotation=case.annotation, revision__lte=case.revision).exclude(model_hash="")
    hashes = list(runs.order_by("-revision").values_list("model_hash", flat=True))
    return list(dict.fromkeys(hashes))[::-1]


def _log(case: ExportedCase) -> list[dict[str, Any]]:
    edits = list(case.annotation.edits.filter(revision__lte=case.revision).select_related("user").order_by("id"))
    counting = counting_after(edits)  # the rows may know of later steps already
    return [
        {
            "edit": edit.pk,
            "revision": edit.revision,
            "who": edit.user.get_username(),
            "when": edit.created.isoformat(),
            "kind": edit.kind,
            "label": edit.label,
            "payload": edit.payload,
            "taken_back": edit.kind in ACTIVE_KINDS and edit.pk not in counting,
        }
        for edit in edits
    ]
