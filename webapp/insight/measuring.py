"""What a measurement comes to. Runs in background workers: it reads whole masks."""

from __future__ import annotations

from typing import Any

from webapp.annotation.models import Annotation, Edit, EditKind, Run, RunState
from webapp.insight.comparing import LabelChange, Pin, compare_pins
from webapp.insight.models import Measurement, MeasurementKind

ASKED_OF_THE_MODEL = (EditKind.POINT, EditKind.BOX, EditKind.SCRIBBLE, EditKind.LASSO)


def measured(measurement: Measurement) -> dict[str, Any]:
    """The numbers by label value: `dice`, and in voxels `first`, `second` and what they share."""
    second = Pin(measurement.second, measurement.second_revision)
    if measurement.kind == MeasurementKind.FIRST_ANSWER:
        return _first_answers(second)
    changes = compare_pins(Pin(measurement.first, measurement.first_revision), second)
    return {str(change.value): _numbers(change) for change in changes.labels}


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
