"""What an export holds: cases with one annotation each, as a revision left it, and the labels they use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.annotation import selectors, slices
from webapp.annotation.models import Annotation, Run, RunState
from webapp.errors import DomainError
from webapp.export.options import Selection, Wanted
from webapp.export.splitting import Part, split
from webapp.projects.models import Label, Project
from webapp.volumes.models import Volume

LONGEST_NAME = 80


@dataclass(frozen=True)
class Pin:
    """An annotation as it was at a revision."""

    annotation: int
    revision: int


@dataclass(frozen=True)
class ExportedCase:
    """One case of the set. `key` names its files: unique in the set, letters, digits, - and _ alone."""

    key: str
    part: Part
    annotation: Annotation
    revision: int
    volume: Volume
    voxels: Mapping[int, int]  # by label value

    def labels(self) -> NDArray[np.uint8]:
        """The labels (Z, Y, X) of the revision, values as in the project."""
        return selectors.label_volume(self.annotation, self.revision)


@dataclass(frozen=True)
class Dataset:
    """Cases by key, and labels by value: those in use and those that were retired but are in a mask."""

    project: Project
    wanted: Wanted
    labels: Sequence[Label]
    cases: Sequence[ExportedCase]


def choose(project: Project, selection: Selection) -> list[Pin]:
    """One annotation of each case that qualifies, at the newest revision whose slices are all done."""
    if selection is not Selection.STARTED:
        raise DomainError("There is no such choice of cases.")
    pins: dict[int, Pin] = {}
    for annotation in Annotation.objects.filter(case__project=project).order_by("id"):
        revision = finished_revision(annotation)
        if annotation.case_id not in pins and _is_started(annotation, revision):
            pins[annotation.case_id] = Pin(annotation.pk, revision)
    return list(pins.values())


def finished_revision(annotation: Annotation) -> int:
    """The newest revision that no worker owes a slice; what was brought in without a prompt is at the current one."""
    runs = Run.objects.filter(annotation=annotation)
    done = runs.filter(state=RunState.DONE).order_by("-revision").values_list("revision", flat=True).first()
    if done is not None:
        return done
    return 0 if runs.exists() else annotation.revision


def gather(
    project: Project, wanted: Wanted, pins: Iterable[Pin], tell: Callable[[float], None] = lambda _: None
) -> Dataset:
    """Look through the pinned annotations: count their voxels, find out the labels, name and split the cases.

    `tell(0.0)` is called after each: nothing is written yet, but the work goes on.
    """
    revisions = {pin.annotation: pin.revision for pin in pins}
    found = Annotation.objects.filter(case__project=project, pk__in=revisions).select_related("case").order_by("id")
    annotations = list(found)
    keys = _keys(annotations)
    volumes = {annotation.pk: selectors.volume_of(annotation) for annotation in annotations}
    # Nothing says yet which patient an image is of; the same image under two names is one patient for certain.
    groups = {keys[pk]: volume.sha256 for pk, volume in volumes.items()}
    parts = split(groups, wanted.split)
    cases = []
    for annotation in annotations:
        pk, revision = annotation.pk, revisions[annotation.pk]
        voxels = _voxels(selectors.label_volume(annotation, revision))
        cases.append(ExportedCase(keys[pk], parts[keys[pk]], annotation, revision, volumes[pk], voxels))
        tell(0.0)
    if not cases:
        raise DomainError("The cases of this export are not there any more.")
    cases.sort(key=lambda case: case.key)
    return Dataset(project, wanted, _labels(project, cases), cases)


def safe_name(written: str, otherwise: str) -> str:
    """A name for files on any system: ASCII letters, digits, - and _."""
    plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_-")[:LONGEST_NAME] or otherwise


def _is_started(annotation: Annotation, revision: int) -> bool:
    return slices.at_revision(annotation.pk, revision).exists()


def _keys(annotations: Iterable[Annotation]) -> dict[int, str]:
    taken: set[str] = set()
    keys = {}
    for annotation in annotations:
        key = safe_name(annotation.case.name, "case")
        if key.lower() in taken:  # some file systems do not tell capitals apart
            key = f"{key}_{annotation.case_id}"
        while key.lower() in taken:
            key += "_"
        taken.add(key.lower())
        keys[annotation.pk] = key
    return keys


def _voxels(labels: NDArray[np.uint8]) -> dict[int, int]:
    counts = np.zeros(256, np.int64)
    for plane in labels:
        counts += np.bincount(plane.ravel(), minlength=256)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts) if value}


def _labels(project: Project, cases: Iterable[ExportedCase]) -> list[Label]:
    used = {value for case in cases for value in case.voxels}
    labels = project.labels.order_by("value")
    return [label for label in labels if label.retired_at is None or label.value in used]
