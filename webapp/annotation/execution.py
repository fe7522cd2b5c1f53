"""One run, carried on by one worker for one time slice: decode, save, then announce.

Every batch is saved in one transaction that also checks that the revision is still the newest one and that the
run is still ours; what it saves is announced after the commit. A superseded run leaves what it had decoded but
not saved to the next one; a killed one is continued from what is saved.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence

from django.db import OperationalError, transaction
from django.utils import timezone

from webapp.annotation import edit_log, events, propagation, runs, selectors, slices, waiting
from webapp.annotation.leases import LeaseKeeper
from webapp.annotation.models import Edit, Run, RunState, SliceMask
from webapp.annotation.operations import sentences as operation_sentences
from webapp.errors import DomainError

logger = logging.getLogger(__name__)

TIME_SLICE_SECONDS = 0.050
BATCH_SECONDS = 0.045
BATCH_SLICES = 32
ANNOUNCE_RUN_SECONDS = 0.1
SAVE_ATTEMPTS = 4
FIRST_LOOK_SECONDS = 0.05
LOOK_SECONDS = 0.2

WENT_WRONG = "Something went wrong while the slices were computed. Undo the prompt or try again."


def carry_on(run_id: int) -> None:
    """Go on with a run until it is finished, superseded, or its time slice is used up while others wait."""
    run = runs.claim(run_id)
    if run is None:
        return
    try:
        with LeaseKeeper(run) as lease:
            _Execution(run, lease).go()
    except (DomainError, propagation.EngineRefusedError) as error:
        _fail(run, error.sentence)
    except Exception:
        logger.exception("Run %s failed.", run.pk)
        _fail(run, WENT_WRONG)


def _fail(run: Run, sentence: str) -> None:
    propagation.forget(run.annotation_id)
    if runs.finish(run, RunState.FAILED, sentence):
        events.announce(run.annotation_id, selectors.run_message(run))


class _Execution:
    """The work on a claimed run, and the clock of its stages."""

    def __init__(self, run: Run, lease: LeaseKeeper) -> None:
        self.run = run
        self.lease = lease
        self.began = time.perf_counter()
        self.announced = 0.0
        self.sentence = ""
        self.timings: dict[str, float] = dict(run.timings)
        self._clock("queued_ms", (timezone.now() - (run.enqueued or run.created)).total_seconds())

    def go(self) -> None:
        began = time.perf_counter()
        active = edit_log.active_edits(self.run.annotation)
        self.live = propagation.live_session(self.run, active)
        self.view: dict[str, list[int]] = self.run.view
        self.live.look_at(_prompted_slice(self.run, active, self.live), _on_screen(self.view))
        self._clock("restore_ms", time.perf_counter() - began)
        while (batch := self._decode_batch()) is not None:
            self.lease.alive()
            propagation.keep_features(self.run.annotation)
            if not self._save(batch):
                return
            self._announce(batch)
            if not batch:
                edit = self.live.operation_due
                if edit is None:
                    self._finish()
                    return
                if not self._operate(edit):
                    return
            if time.perf_counter() - self.began > TIME_SLICE_SECONDS and waiting.others_wait():
                self._give_way()
                return

    def _operate(self, edit: Edit) -> bool:
        """Carry out the operation that is due, and save all slices that it changes at once; False if the run is not
        ours any more or gave way. What is computed then goes on, for whoever goes on with this session."""
        began = time.perf_counter()
        computation = self.live.compute(self.run.annotation, edit)
        while not computation.ended(self._patience(began)):
            self.lease.alive()
            if not self._still_ours():
                return False
            self._say(operation_sentences.under_way(edit.payload, time.perf_counter() - began))
            if waiting.others_wait():
                self._give_way()
                return False
        outcome = computation.outcome()
        self._clock("operate_ms", time.perf_counter() - began)
        batch = self.live.redraw(edit, outcome)
        if not self._save(batch):
            return False
        self._announce(batch)
        if edit.revision == self.run.revision:
            voxel_mm3 = math.prod(selectors.volume_of(self.run.annotation).spacing_mm)
            self.sentence = operation_sentences.done(edit.payload, outcome.voxels, outcome.slices, voxel_mm3)
        return True

    def _patience(self, began: float) -> float:
        """Seconds to wait before looking round: a short operation is not to be found half done."""
        return FIRST_LOOK_SECONDS if time.perf_counter() - began < FIRST_LOOK_SECONDS else LOOK_SECONDS

    def _say(self, sentence: str) -> None:
        """Tell everybody, also those who come later, what the run does."""
        if sentence != self.run.sentence and runs.mine(self.run).update(sentence=sentence):
            self.run.sentence = sentence
            events.announce(self.run.annotation_id, selectors.run_message(self.run))

    def _decode_batch(self) -> list[SliceMask] | None:
        """The next slices: the run's first one alone, then for some time. Empty at the end, None if not ours."""
        began = time.perf_counter()
        batch = self.live.take_unsaved()
        while self._still_ours():
            decoded = self.live.next_slice()
            if decoded is not None:
                batch.append(decoded)
            elapsed = time.perf_counter() - began
            first = self.run.slices_done == 0
            if decoded is None or first or elapsed > BATCH_SECONDS or len(batch) >= BATCH_SLICES:
                self._clock("decode_ms", elapsed)
                return _newest_of_each(batch)
        self.live.keep_for_later(batch)
        return None

    def _still_ours(self) -> bool:
        """Whether no newer revision and no other worker has taken over; notes on the way where people look."""
        view = runs.mine(self.run).values_list("view", flat=True).first()
        if view is None:
            return False
        if view != self.view:
            self.view = view
            self.live.look_at(None, _on_screen(view))
        return True

    def _save(self, batch: list[SliceMask]) -> bool:
        """Save slices and progress in one transaction; False, with nothing saved, if the run is not ours any more."""
        began = time.perf_counter()
        for attempt in range(SAVE_ATTEMPTS):
            try:
                with transaction.atomic():
                    saved = self._save_within(batch)
                break
            except OperationalError:
                if attempt == SAVE_ATTEMPTS - 1:
                    raise
                time.sleep(0.05 * 2**attempt)
        self._clock("save_ms", time.perf_counter() - began)
        if not saved:
            self.live.keep_for_later(batch)
        return saved

    def _save_within(self, batch: list[SliceMask]) -> bool:
        run = self.run
        first = slices.allot_sequences(run.annotation_id, run.revision, len(batch))
        if first is None:
            return False
        self.timings["active_ms"] = self.timings.get("active_before_ms", 0.0) + _ms(time.perf_counter() - self.began)
        changed = runs.mine(run).update(
            progress=self.live.progress(),
            model_hash=self.live.model_hash,
            slices_done=run.slices_done + len(batch),
            slices_remaining=self.live.remaining(),
            lease_until=timezone.now() + runs.LEASE,
            timings=self.timings,
        )
        if not changed:
            transaction.set_rollback(True)
            return False
        for sequence, mask in enumerate(batch, start=first):
            mask.revision = run.revision
            mask.sequence = sequence
        slices.save(batch)
        self.live.saved_up_to = first + len(batch) - 1
        return True

    def _announce(self, batch: Sequence[SliceMask]) -> None:
        began = time.perf_counter()
        run = self.run
        first = run.slices_done == 0
        run.slices_done += len(batch)
        run.slices_remaining = self.live.remaining()
        run.timings = self.timings
        events.announce_frames(run.annotation_id, map(slices.encode, batch))
        if first and batch:
            self.timings["first_ms"] = _ms((timezone.now() - run.created).total_seconds())
        if batch and (first or began - self.announced > ANNOUNCE_RUN_SECONDS):
            self.announced = began
            events.announce(run.annotation_id, selectors.run_message(run))
        self._clock("publish_ms", time.perf_counter() - began)

    def _finish(self) -> None:
        self.timings["total_ms"] = _ms((timezone.now() - self.run.created).total_seconds())
        Edit.objects.filter(annotation_id=self.run.annotation_id, revision=self.run.revision).update(
            model_hash=self.live.model_hash
        )
        if runs.finish(self.run, RunState.DONE, self.sentence):
            events.announce(self.run.annotation_id, selectors.run_message(self.run))

    def _give_way(self) -> None:
        self.timings["active_before_ms"] = self.timings["active_ms"]
        self.run.timings = self.timings
        if runs.give_back(self.run):
            runs.wake(self.run, first=False)

    def _clock(self, stage: str, seconds: float) -> None:
        self.timings[stage] = round(self.timings.get(stage, 0.0) + _ms(seconds), 2)


def _newest_of_each(batch: Sequence[SliceMask]) -> list[SliceMask]:
    """Without those that a later one in the batch replaces: the two directions may both pass a slice."""
    return list({mask.z: mask for mask in batch}.values())


def _prompted_slice(run: Run, active: Sequence[Edit], live: propagation.LiveSession) -> int | None:
    """The slice of the prompt that this run is about; none if it is about taking one back."""
    newest = next((edit for edit in reversed(active) if edit.revision == run.revision), None)
    return live.slice_of(newest) if newest else None


def _on_screen(view: dict[str, list[int]]) -> tuple[int, ...]:
    """What anybody looks at, everybody's current slice before the others."""
    longest = max((len(indices) for indices in view.values()), default=0)
    in_turn = (indices[place] for place in range(longest) for indices in view.values() if place < len(indices))
    return tuple(dict.fromkeys(in_turn))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
