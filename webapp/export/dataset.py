"""What an export holds: cases with one annotation each, as a revision left it, and the labels they use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Case as CaseOf
from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from webapp.annotation import selectors
from webapp.annotation.models import Annotation, AnnotationState, Run, RunState, SliceMask
from webapp.errors import DomainError
from webapp.export.names import safe_name
from webapp.export.options import Selection, Wanted
from webapp.export.splitting import Part, split
from webapp.projects.models import Label, Project
from webapp.volumes.models import Volume


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
    pins: dict[int, Pin] = {}
    # What is shared, or was made of all readings, goes before any reader's own.
    qualifying = _with_finished_revision(_QUALIFYING[selection](project))
    for annotation in qualifying.order_by(F("reader").asc(nulls_first=True), "id"):
        pins.setdefault(annotation.case_id, Pin(annotation.pk, annotation.finished))
    return list(pins.values())


def _with_finished_revision(annotations: QuerySet[Annotation]) -> QuerySet[Any]:
    """Those with labels, and as `finished` the newest revision that no worker owes a slice; what was brought in
    without a prompt is at the current one."""
    runs = Run.objects.filter(annotation=OuterRef("pk"))
    done = Subquery(runs.filter(state=RunState.DONE).order_by("-revision").values("revision")[:1])
    never_done = When(Exists(runs), then=Value(0))
    otherwise = CaseOf(never_done, default=F("revision"), output_field=IntegerField())
    finished = annotations.annotate(finished=Coalesce(done, otherwise, output_field=IntegerField()))
    kept = SliceMask.objects.filter(annotation=OuterRef("pk"), revision__lte=OuterRef("finished"))
    return finished.filter(Exists(kept))


def _all(project: Project) -> QuerySet[Annotation]:
    return Annotation.objects.filter(case__project=project)


def _approved(project: Project) -> QuerySet[Annotation]:
    return _all(project).filter(state=AnnotationState.APPROVED)


_QUALIFYING: dict[Selection, Callable[[Project], QuerySet[Annotation]]] = {
    Selection.STARTED: _all,
    Selection.APPROVED: _approved,
}


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
