"""What a measurement comes to. Runs in background workers: it reads whole masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from webapp.annotation.models import Annotation, Edit, EditKind, Run, RunState
from webapp.annotation.selectors import label_volume, volume_of
from webapp.insight.comparing import LabelChange, Pin, compare_pins
from webapp.insight.models import Measurement, MeasurementKind
from webapp.insight.surfaces import Surfaces, agreement_of_surfaces, box_of

ASKED_OF_THE_MODEL = (EditKind.POINT, EditKind.BOX, EditKind.SCRIBBLE, EditKind.LASSO)


def measured(measurement: Measurement) -> dict[str, Any]:
    """`labels` maps label values to numbers: `dice`, in voxels `first`, `second` and what they share; where two masks
    of equal standing are compared also `nsd` and `hd95_mm` (None where one lacks the label), and for each slice along
    the propagation axis the voxels that differ (`slices`) and the Dice of all labels (`along`)."""
    second = Pin(measurement.second, measurement.second_revision)
    if measurement.kind == MeasurementKind.FIRST_ANSWER:
        return {"labels": _first_answers(second)}
    first = Pin(measurement.first, measurement.first_revision)
    changes = compare_pins(first, second)
    numbers = {change.value: _numbers(change) for change in changes.labels}
    for value, surfaces in _surfaces(first, second, list(numbers)):
        numbers[value] |= {"nsd": surfaces.nsd, "hd95_mm": surfaces.hd95_mm}
    labels = {str(value): known for value, known in numbers.items()}
    return {"labels": labels, "slices": list(changes.slices), "along": list(changes.along)}


def _surfaces(first: Pin, second: Pin, values: Sequence[int]) -> Iterator[tuple[int, Surfaces]]:
    """Label by label; two bytes a voxel are held, and what one label's box needs."""
    masks = [label_volume(pin.annotation, pin.revision) for pin in (first, second)]
    spacing_mm = volume_of(first.annotation).spacing_mm
    for value in values:
        box = box_of(masks, value)
        yield value, agreement_of_surfaces(masks[0][box] == value, masks[1][box] == value, spacing_mm)


def first_answers(annotation: Annotation, upto: int) -> dict[int, int]:
    """For each label the revision with the model's first answer to a prompt for it: the first revision from that prompt
    on whose slices were all computed."""
    asked = Edit.objects.filter(
        annotation=annotation, kind__in=ASKED_OF_THE_MODEL, revision__lte=upto, label__isnull=False
    )
    first: dict[int, int] = {}
    for label, revision in asked.order_by("-revision").values_list("label", "revision"):
        if label is not None:
            first[label] = revision
    done = Run.objects.filter(annotation=annotation, state=RunState.DONE, revision__lte=upto)
    finished = sorted(done.values_list("revision", flat=True))
    answers = {label: next((f for f in finished if f >= revision), None) for label, revision in first.items()}
    return {label: revision for label, revision in answers.items() if revision is not None}


def _first_answers(approved: Pin) -> dict[str, Any]:
    numbers = {}
    answers = first_answers(approved.annotation, approved.revision)
    for revision in sorted(set(answers.values())):
        changes = compare_pins(Pin(approved.annotation, revision), approved)
        for change in changes.labels:
            if answers.get(change.value) == revision:
                numbers[str(change.value)] = _numbers(change)
    return numbers


def _numbers(change: LabelChange) -> dict[str, Any]:
    return {"dice": change.dice, "first": change.first, "second": change.second, "shared": change.shared}
