"""How far readers agree: about a case, and over a project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean
from typing import Any

from webapp.annotation.models import Annotation, AnnotationState
from webapp.insight.models import Measurement, MeasurementKind, MeasurementState
from webapp.insight.selectors import newest_of
from webapp.projects.models import Case, Label, Project

READ = (AnnotationState.SUBMITTED, AnnotationState.APPROVED)
AGREED_FROM = 0.9  # Dice of a slice; those below are for somebody to decide


@dataclass(frozen=True)
class LabelAgreement:
    """A label over several comparisons: means; `hd95_mm` over those where both masks have it."""

    label: Label
    comparisons: int
    dice: float
    lowest_dice: float
    nsd: float
    hd95_mm: float | None


@dataclass(frozen=True)
class CaseAgreement:
    """A case of several readers: the mean and the lowest Dice of its pairs over the labels."""

    case: Case
    pairs: int
    dice: float
    lowest_dice: float


@dataclass(frozen=True)
class Range:
    """Slices from the first to the last, both included, on which two readers agree too little; `worst` is the one with
    most voxels in dispute."""

    first: int
    last: int
    voxels: int
    lowest: float
    worst: int


def readings_of(case: Case) -> list[Annotation]:
    """Every reader's annotation of a case."""
    return list(Annotation.objects.filter(case=case, reader__isnull=False).select_related("reader").order_by("id"))


def pairs_of(readings: Iterable[Annotation]) -> list[tuple[Annotation, Annotation]]:
    """Two and two of those that were handed in."""
    return list(combinations([reading for reading in readings if reading.state in READ], 2))


def measurement_of(pair: tuple[Annotation, Annotation]) -> Measurement | None:
    """What is known of two readings as they are now; None while it is not worked out."""
    first, second = pair
    return Measurement.objects.filter(
        kind=MeasurementKind.READERS, first=first, first_revision=first.revision, second=second,
        second_revision=second.revision, state=MeasurementState.DONE,
    ).first()  # fmt: skip


def between_readers(project: Project) -> list[Measurement]:
    """The newest measurement of every pair of readings."""
    done = Measurement.objects.filter(
        kind=MeasurementKind.READERS, state=MeasurementState.DONE, second__case__project=project
    )
    found = done.select_related("second__case").order_by("id")
    return list({(measurement.first_id, measurement.second_id): measurement for measurement in found}.values())


def from_first_to_approved(project: Project) -> list[Measurement]:
    """What was handed in first against what was approved, for each annotation."""
    return newest_of(MeasurementKind.ROUNDS, project.pk)


def by_label(project: Project, measurements: Iterable[Measurement]) -> list[LabelAgreement]:
    """The labels that were compared, in their order."""
    numbers: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for measurement in measurements:
        for value, known in measurement.result["labels"].items():
            numbers[int(value)].append(known)
    labels = project.labels.order_by("order", "value")
    return [_label(label, numbers[label.value]) for label in labels if numbers[label.value]]


def by_case(measurements: Iterable[Measurement]) -> list[CaseAgreement]:
    """The cases of which readings were compared, those with the least agreement first."""
    dice: dict[Case, list[float]] = defaultdict(list)
    pairs: dict[Case, int] = defaultdict(int)
    for measurement in measurements:
        case = measurement.second.case
        pairs[case] += 1
        dice[case] += [known["dice"] for known in measurement.result["labels"].values()]
    rows = [CaseAgreement(case, pairs[case], mean(found), min(found)) for case, found in dice.items() if found]
    return sorted(rows, key=lambda row: (row.dice, row.case.pk))


def ranges_of(slices: Sequence[int], along: Sequence[float | None]) -> list[Range]:
    """Slices that follow each other with too little agreement, those with most voxels in dispute first."""
    ranges, open_since = [], None
    for z, dice in enumerate([*along, None]):
        differs = dice is not None and dice < AGREED_FROM
        if differs and open_since is None:
            open_since = z
        elif not differs and open_since is not None:
            lowest = min(found for found in along[open_since:z] if found is not None)
            disputed = slices[open_since:z]
            worst = open_since + max(range(len(disputed)), key=disputed.__getitem__)
            ranges.append(Range(open_since, z - 1, sum(disputed), lowest, worst))
            open_since = None
    return sorted(ranges, key=lambda found: -found.voxels)


def _label(label: Label, numbers: Sequence[dict[str, Any]]) -> LabelAgreement:
    dice = [known["dice"] for known in numbers]
    far = [known["hd95_mm"] for known in numbers if known["hd95_mm"] is not None]
    nsd = mean(known["nsd"] for known in numbers)
    return LabelAgreement(label, len(numbers), mean(dice), min(dice), nsd, mean(far) if far else None)
