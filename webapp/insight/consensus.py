"""One mask out of several readers', and how it gets into the annotation that is shared: as strokes of whoever asked, so
that the log tells where it came from, undo takes it back and everybody may go on from it by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from webapp.accounts.models import User
from webapp.annotation import messages, strokes
from webapp.annotation.messages import MAX_RUNS_TEXT
from webapp.annotation.models import Annotation
from webapp.annotation.services import add_stroke
from webapp.insight.models import ConsensusMethod

Labels = npt.NDArray[np.uint8]
MARGIN = 2  # voxels of background that the estimate sees around all labels
CHANGE_TO_GO_ON = 1e-5  # of the readers' estimated reliability, in one iteration
MOST_ITERATIONS = 30


def fused(readings: Sequence[Labels], method: ConsensusMethod) -> Labels:
    """Readings (Z, Y, X) as one: STAPLE weighs readers by how well they agree with the outcome, the majority counts
    each once. Where they do not decide, there is no label."""
    outcome = np.zeros_like(readings[0])
    box = _box(readings)
    if box is None:
        return outcome
    images = [sitk.GetImageFromArray(np.ascontiguousarray(labels[box])) for labels in readings]
    if method == ConsensusMethod.STAPLE:
        image = sitk.MultiLabelSTAPLE(images, 0, CHANGE_TO_GO_ON, MOST_ITERATIONS)
    else:
        image = sitk.LabelVoting(images, 0)
    outcome[box] = sitk.GetArrayFromImage(image)
    return outcome


def draw(user: User, annotation: Annotation, labels: Labels, key: uuid.UUID) -> int:
    """Draw labels (Z, Y, X) into an annotation; how many strokes it took. With the same `key` again nothing is drawn
    twice."""
    count = 0
    for value in (int(value) for value in np.unique(labels) if value):
        mask = labels == value
        for low, inside in _pieces(mask):
            z, y, x = inside.shape
            stroke = messages.AddStroke(
                type="stroke.add", request=uuid.uuid5(key, f"{value} {low}"), label=value, low=low, shape=(z, y, x),
                runs=strokes.encode(inside), carry=False,
            )  # fmt: skip
            add_stroke(user, annotation.pk, stroke)
            count += 1
    return count


def _pieces(mask: npt.NDArray[np.bool_]) -> Iterator[tuple[tuple[int, int, int], npt.NDArray[np.bool_]]]:
    """The mask in boxes whose coded runs are short enough for one edit: halved along the first axis until they are."""
    places = np.argwhere(mask.any((1, 2))).ravel()
    if not places.size:
        return
    spans = [(int(places[0]), int(places[-1]) + 1)]
    while spans:
        start, stop = spans.pop()
        slab = mask[start:stop]
        if not slab.any():
            continue
        _, y, x = (np.flatnonzero(slab.any(axis)) for axis in ((1, 2), (0, 2), (0, 1)))
        inside = slab[:, y[0] : y[-1] + 1, x[0] : x[-1] + 1]
        if stop - start > 1 and len(strokes.encode(inside)) > MAX_RUNS_TEXT:
            middle = (start + stop) // 2
            spans += [(middle, stop), (start, middle)]
        else:
            yield (start, int(y[0]), int(x[0])), inside


def _box(readings: Sequence[Labels]) -> tuple[slice, ...] | None:
    """The box around all labels, a little wider."""
    anywhere = [np.zeros(extent, bool) for extent in readings[0].shape]
    for labels in readings:
        for axis in range(3):
            others = tuple(other for other in range(3) if other != axis)
            anywhere[axis] |= labels.any(others)
    if not anywhere[0].any():
        return None
    spans = (np.flatnonzero(along) for along in anywhere)
    return tuple(slice(max(0, int(span[0]) - MARGIN), int(span[-1]) + 1 + MARGIN) for span in spans)
