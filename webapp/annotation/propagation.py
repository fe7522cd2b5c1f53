"""The engine's side of a run: sessions that are warm or resumed from stored slices. Runs in workers only.

This is the only module of the house that imports the engine. Two mappings happen here: the annotation's
propagation axis comes first in everything the engine sees, and the project's label values (1..254) become the
engine's slots (1, 2, …) in the order in which the edits first name them, so that a prefix of the edits has a
prefix of the slots.
"""

from __future__ import annotations

import functools
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import transaction

from segmentation_engine import Engine, Features, Prompt, Session, SliceResult, load_engine
from webapp.annotation import events, frames, prompt_geometry, restoring, selectors, slices, strokes
from webapp.annotation.computing import Computation, Outcome
from webapp.annotation.models import Annotation, Edit, EditKind, Run, SliceMask, Trust
from webapp.annotation.operations import parameters
from webapp.volumes import encoding

logger = logging.getLogger(__name__)

Labels = npt.NDArray[np.uint8]

WARM_SESSIONS = 8
OPEN_FEATURES = 8

_TRUST = {
    "model": Trust.MODEL,
    "prompted": Trust.PROMPTED,
    "painted": Trust.PAINTED,
    "interpolated": Trust.INTERPOLATED,
}


class EngineRefusedError(Exception):
    """The engine cannot do what the edits ask for; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@functools.cache
def engine() -> Engine:
    """The process's one engine."""
    return load_engine(settings.CHECKPOINT)


def warm_up() -> None:
    """Load the model now."""
    logger.info("The model %s is loaded.", engine().model_hash)


@dataclass
class LiveSession:
    """An engine session of an annotation, and what of it is saved.

    It stands for the slices as saved up to sequence `saved_up_to`, the edits `edit_ids`, and `unsaved` slices
    that were decoded but belong to a run that was superseded before it could save them.
    """

    session: Session
    annotation_id: int
    axis: int
    labels: list[int]
    features: Features
    edit_ids: list[int]
    saved_up_to: int
    model_hash: str
    unsaved: list[SliceMask] = field(default_factory=list)
    operations: dict[int, Edit] = field(default_factory=dict)  # by the places of the edits
    computation: Computation | None = None
    _results: Iterator[SliceResult] | None = None
    _first: int | None = None
    _visible: tuple[int, ...] = ()

    def fits(self, features: Features, saved_up_to: int, edit_ids: Sequence[int]) -> bool:
        """Whether it stands for what is saved, on features that are there, and can go on to these edits."""
        same = self.features is features and self.saved_up_to == saved_up_to
        return same and self.edit_ids == list(edit_ids[: len(self.edit_ids)])

    def look_at(self, first: int | None, visible: tuple[int, ...]) -> None:
        """Prefer the slice `first`, then those on screen, from now on."""
        self.stop()
        if first is not None:
            self._first = first
        self._visible = visible

    def next_slice(self) -> SliceMask | None:
        """The next slice that has changed, or None when all are done. Raises `EngineRefusedError`."""
        try:
            if self._results is None:
                self._results = iter(self.session.propagate(first=self._first, visible=self._visible or None))
            result = next(self._results, None)
        except ValueError as error:
            raise EngineRefusedError(str(error)) from error
        return None if result is None else self._mask(result)

    def keep_for_later(self, masks: list[SliceMask]) -> None:
        """Take back slices that could not be saved; a later run saves them with its first batch."""
        self.unsaved = masks

    def take_unsaved(self) -> list[SliceMask]:
        """Slices that an earlier run left: `progress` counts them as given, so they belong into the next batch."""
        unsaved, self.unsaved = self.unsaved, []
        return unsaved

    def stop(self) -> None:
        """Close the engine's generator; it goes on when the next slice is asked for."""
        close = getattr(self._results, "close", None)
        if close is not None:
            close()
        self._results = None

    @property
    def operation_due(self) -> Edit | None:
        """The operation that is to be carried out now, if all before it is done."""
        if not self.session.redraw_due:
            return None
        return self.operations[self.session.progress()["applied"]]

    def compute(self, annotation: Annotation, edit: Edit) -> Computation:
        """The computation of the operation that is due; one that was begun is gone on with."""
        if self.computation is None:
            labels, said = _seen(self.session, self.labels)
            self.computation = Computation(annotation, parameters.parsed(edit.payload), labels, said)
        return self.computation

    def redraw(self, edit: Edit, outcome: Outcome) -> list[SliceMask]:
        """Take over what an operation came to; gives the slices that changed, to be saved in one go."""
        self.stop()
        self.computation = None
        return [self._mask(result) for result in _redrawn(self.session, self.labels, edit, outcome)]

    def abandon(self) -> None:
        """Nobody goes on from here."""
        if self.computation is not None:
            self.computation.abandon()

    def progress(self) -> Any:
        """What the engine needs to go on from the slices it has given so far."""
        return self.session.progress()

    def remaining(self) -> int:
        """At most this many slices are still to be done."""
        return int(self.session.remaining) + len(self.unsaved)

    def slice_of(self, edit: Edit) -> int | None:
        """The middle slice of an edit along the propagation axis; what concerns all slices has none."""
        if not edit.payload.get("voxels"):
            return None
        places = [int(voxel[self.axis]) for voxel in edit.payload["voxels"]]
        return (min(places) + max(places)) // 2

    def add(self, edits: Sequence[Edit]) -> None:
        """Say what was said since. Raises `EngineRefusedError`."""
        self.stop()
        self.labels = labels_in_order(edits, before=self.labels)
        try:
            for edit in edits:
                self.session.add(_prompts(edit, self.axis, self.labels))
                self._remember(edit)
        except ValueError as error:
            raise EngineRefusedError(str(error)) from error

    def _remember(self, edit: Edit) -> None:
        if edit.kind == EditKind.OPERATION:
            self.operations[len(self.edit_ids)] = edit
        self.edit_ids.append(edit.pk)

    def _mask(self, result: SliceResult) -> SliceMask:
        values = np.array([0, *self.labels], dtype=np.uint8)
        box, payload = frames.crop_and_encode(values[result.labels])
        confidence = [[self.labels[slot - 1], round(255 * sure)] for slot, sure in sorted(result.confidence.items())]
        mask = SliceMask(
            annotation_id=self.annotation_id, z=result.z, trust=_TRUST[result.trust],
            row0=box.row0, col0=box.col0, rows=box.rows, cols=box.cols,
            confidence=confidence, labels=payload, state=result.state,
        )  # fmt: skip
        mask.digest = slices.digest_of(mask)
        return mask


_sessions: OrderedDict[int, LiveSession] = OrderedDict()
_features: OrderedDict[tuple[int, int], encoding.HeldFeatures] = OrderedDict()


def live_session(run: Run, active: Sequence[Edit]) -> LiveSession:
    """A session that has all active edits and the saved slices: a warm one if it fits, else resumed from them."""
    annotation = run.annotation
    annotation.refresh_from_db(fields=["sequence"])
    wanted = [edit.pk for edit in active]
    features = open_features(annotation)
    live = _sessions.pop(annotation.pk, None)
    if live is None or not live.fits(features, annotation.sequence, wanted):
        if live is not None:
            live.abandon()
        live = _resumed(run, active, features)
    else:
        live.add(active[len(live.edit_ids) :])
    _sessions[annotation.pk] = live
    while len(_sessions) > WARM_SESSIONS:
        _, coldest = _sessions.popitem(last=False)
        coldest.abandon()
    return live


def forget(annotation_id: int) -> None:
    """Drop a warm session that may not be what is saved."""
    live = _sessions.pop(annotation_id, None)
    if live is not None:
        live.abandon()


def _resumed(run: Run, active: Sequence[Edit], features: Features) -> LiveSession:
    annotation = run.annotation
    model_hash = engine().model_hash
    progress = run.progress
    if progress is not None and run.model_hash != model_hash:
        logger.info("Run %s starts from nothing: its slices are by model %s.", run.pk, run.model_hash)
        _forget_slices(annotation, run.revision)
        progress = None
    labels = labels_in_order(active)
    try:
        session = engine().session(
            features,
            num_labels=max(1, len(labels)),
            edits=[_prompts(edit, annotation.axis, labels) for edit in active],
            slices=_loader(annotation.pk, run.revision) if progress is not None else None,
            progress=progress,
        )
    except ValueError as error:
        raise EngineRefusedError(str(error)) from error
    place = annotation.pk, annotation.axis
    live = LiveSession(session, *place, labels, features, [], annotation.sequence, model_hash)
    for edit in active:
        live._remember(edit)
    return live


def _forget_slices(annotation: Annotation, revision: int) -> None:
    """Slices of another model are no ground to go on from: empty them, as far as the revision is still newest."""
    with transaction.atomic():
        current = Annotation.objects.select_for_update().get(pk=annotation.pk)
        emptied = restoring.restore(current, 0) if current.revision == revision else []
    annotation.sequence = current.sequence
    events.announce_frames(annotation.pk, map(slices.encode, emptied))


def _loader(annotation_id: int, revision: int) -> Callable[[int], bytes | None]:
    ids = dict(slices.at_revision(annotation_id, revision).values_list("z", "id"))

    def load(z: int) -> bytes | None:
        if z not in ids:
            return None
        state = SliceMask.objects.values_list("state", flat=True).get(pk=ids[z])
        return bytes(state) or None

    return load


def open_features(annotation: Annotation) -> Features:
    """The features of the annotated volume, the propagation axis first; kept open while they are in use."""
    key = annotation.pk, annotation.axis
    held = _features.pop(key, None)
    if held is None or not held.keep():
        held = encoding.open_features(engine(), selectors.volume_of(annotation), annotation.axis)
    _features[key] = held
    while len(_features) > OPEN_FEATURES:
        _features.popitem(last=False)
    return held.features


def keep_features(annotation: Annotation) -> None:
    """Say in the course of a long run that its features are still in use."""
    held = _features.get((annotation.pk, annotation.axis))
    if held is not None:
        held.keep()


def labels_anew(
    annotation: Annotation, active: Sequence[Edit], checkpoint: str | None, tell: Callable[[int], None]
) -> tuple[npt.NDArray[np.uint8], str]:
    """The labels, propagation axis first, that the edits come to in a session of its own on features of its own, and
    the hash of the model. Each edit is carried out to its end before the next. Raises `EngineRefusedError`."""
    labels = labels_in_order(active)
    try:
        fresh = load_engine(checkpoint) if checkpoint else engine()
        features = encoding.fresh_features(fresh, selectors.volume_of(annotation), annotation.axis)
        session = fresh.session(features, num_labels=max(1, len(labels)))
        for count, edit in enumerate(active, start=1):
            session.add(_prompts(edit, annotation.axis, labels))
            for _ in session.propagate():
                pass
            if session.redraw_due:
                operation = parameters.parsed(edit.payload)
                computation = Computation(annotation, operation, *_seen(session, labels))
                computation.ended()
                _redrawn(session, labels, edit, computation.outcome())
            tell(count)
    except ValueError as error:
        raise EngineRefusedError(str(error)) from error
    return np.array([0, *labels], np.uint8)[session.labels], fresh.model_hash


def _seen(session: Session, labels: Sequence[int]) -> tuple[Labels, dict[int, list[int]]]:
    """The session's labels (Z, Y, X) as values of the project, and where each of them was prompted or drawn."""
    values = np.array([0, *labels], np.uint8)
    return values[session.labels], {int(values[slot]): places for slot, places in session.said().items()}


def _redrawn(session: Session, labels: Sequence[int], edit: Edit, outcome: Outcome) -> list[SliceResult]:
    """Give the session what an operation came to."""
    slots = np.zeros(256, np.uint8)
    slots[list(labels)] = np.arange(1, len(labels) + 1)
    return session.redraw(
        slots[outcome.labels], "interpolated" if edit.payload["name"] == "fill_between" else "painted"
    )


def labels_in_order(edits: Sequence[Edit], before: Sequence[int] = ()) -> list[int]:
    """Label values in the order in which edits name them first; place i is the engine's label i + 1."""
    named = [value for edit in edits for value in (edit.label, *edit.payload.get("others", ())) if value is not None]
    return list(dict.fromkeys([*before, *named]))


def _prompts(edit: Edit, axis: int, labels: Sequence[int]) -> list[Prompt]:
    """An edit's prompts in the engine's words. `edit.label` is among `labels`, or None where no label is meant."""
    if edit.kind == EditKind.OPERATION:
        return [Prompt.redraw()]
    slot = 0 if edit.label is None else labels.index(edit.label) + 1
    positive = bool(edit.payload["positive"])
    voxels = edit.payload["voxels"]
    if edit.kind == EditKind.MASK:
        return _stroke(edit, axis, slot)
    if edit.kind == EditKind.CARRY:
        return [Prompt.carry(int(voxel[axis])) for voxel in voxels]
    if edit.kind == EditKind.LOCK:
        return [_lock(edit, axis, slot)]
    if edit.kind == EditKind.END:
        return [Prompt.end(slot, int(voxels[0][axis]), 1 if positive else -1)]
    if edit.kind == EditKind.BOX:
        low, high = (_axis_first(corner, axis) for corner in prompt_geometry.box_corners(voxels))
        return [Prompt.box(slot, low.tolist(), high.tolist())]
    if edit.kind == EditKind.SCRIBBLE:
        return [Prompt.scribble(slot, _axis_first(voxels, axis), positive)]
    if edit.kind == EditKind.LASSO:
        return [Prompt.lasso(slot, _axis_first(prompt_geometry.enclosed(voxels), axis), positive)]
    return [Prompt.point(slot, _axis_first(voxel, axis).tolist(), positive) for voxel in voxels]


def _lock(edit: Edit, axis: int, slot: int) -> Prompt:
    locked = bool(edit.payload["positive"])
    return Prompt.lock_label(slot, locked) if slot else Prompt.lock(int(edit.payload["voxels"][0][axis]), locked)


def _stroke(edit: Edit, axis: int, slot: int) -> list[Prompt]:
    """A stroke slice by slice, and that they are carried on if it says so. `slot` is 0 where it erases."""
    corner, voxels = strokes.voxels_of(edit)
    low, inside = _axis_first(corner, axis), np.moveaxis(voxels, axis, 0)
    drawn = [
        Prompt.stroke(int(low[0]) + place, slot, (int(low[1]), int(low[2])), pixels)
        for place, pixels in enumerate(inside)
        if pixels.any()
    ]
    return [*drawn, *(Prompt.carry(z) for prompt in drawn for z in prompt.slices if edit.payload["carry"])]


def _axis_first(voxels: npt.ArrayLike, axis: int) -> npt.NDArray[np.int64]:
    """Voxels (..., 3) as (z, y, x) of the storage axes -> the same as (along the propagation axis, row, column)."""
    order = [axis, *(other for other in range(3) if other != axis)]
    return np.asarray(voxels, np.int64)[..., order]


def axis_first_view(image: npt.NDArray[Any], axis: int) -> npt.NDArray[Any]:
    """An array (Z, Y, X) as a view with the propagation axis in front."""
    return np.moveaxis(image, axis, 0)
