"""From edits to slices: anchors where the user spoke, and fronts that carry centroids outward from them.

A *front* (direction, z) recomputes the pass of its direction at slice z from the neighbour that it comes from, for
all labels jointly. Labels anchored on z keep what their anchor hands on. A front ends where neither masks nor
centroids change beyond the tolerance, where every label has ended, or with the volume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation_engine import fixing, locking
from segmentation_engine.decoding import Decoded, SliceDecoder, doubted, fused_scores, fused_states
from segmentation_engine.prompt_index import PromptIndex, is_quiet, is_redraw, places_of
from segmentation_engine.prompts import UNPAINTED, Edit, Prompt, SlicePixels, meaningful
from segmentation_engine.slice_state import Anchor, LabelState, Pass, SliceState
from segmentation_engine.types import SliceResult, Trust

# Two states of a slice are the same if their masks differ by less than this share of their area, and their
# centroids by less than this share of their length.
PRIOR_TOLERANCE = 0.01
CENTROID_TOLERANCE = 0.02
BOTH = (1, -1)


@dataclass(frozen=True)
class Front:
    """Where a pass is to be recomputed next."""

    direction: int  # +1 towards higher slices, -1 towards lower ones
    z: int

    def comes_to(self, z: int) -> bool:
        """Whether it may still change slice ``z``."""
        return (z - self.z) * self.direction >= 0

    def place(self) -> int:
        """How far it has come in its direction."""
        return self.z * self.direction


class Propagation:
    """The slices of a volume under a growing list of edits.

    The passes of the two directions never read each other between two edits, and in each direction the front that
    lies furthest behind steps first. So what is wanted first chooses which direction steps, never what comes out.
    """

    def __init__(
        self,
        decoder: SliceDecoder,
        stored: Callable[[int], bytes | None] | None = None,
        before_edit: Callable[[], None] | None = None,
    ) -> None:
        """``stored`` gives the bytes of a slice's state; ``before_edit`` is called when the slices are as they were
        before the edit that is about to be applied."""
        self.decoder = decoder
        self.edits: list[Edit] = []
        self.applied = 0
        self.anchoring: list[int] = []  # slices of the edit being applied that are anchored already
        self.fronts: list[Front] = []
        self.states: dict[int, SliceState] = {}
        self._stored = stored
        self._before_edit = before_edit or (lambda: None)
        self._last_direction = -1
        self._index = PromptIndex(self.edits)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.decoder.features.shape

    def state(self, z: int) -> SliceState:
        """Slice ``z`` as it stands; empty where nothing has reached it."""
        if z not in self.states:
            blob = self._stored(z) if self._stored else None
            self.states[z] = SliceState.from_bytes(blob) if blob else self.empty_state()
        return self.states[z]

    def empty_state(self) -> SliceState:
        """A slice of which nothing is known."""
        return SliceState(np.zeros(self.shape[1:], np.uint8))

    def steps(self, towards: Callable[[], Sequence[int]]) -> Iterator[SliceResult]:
        """Everything that is still to be done, one slice after the other; may be left and taken up at any yield."""
        while (self.applied < len(self.edits) or self.fronts) and not self.redraw_due:
            if self.applied < len(self.edits) and not is_redraw(self.edits[self.applied]):
                yield from self._apply(self.edits[self.applied])
            else:
                result = self._step(self._chosen(towards()))
                if result is not None:
                    yield result

    @property
    def redraw_due(self) -> bool:
        """Whether all before the next edit is done, and that edit is a redrawing: ``steps`` ends there."""
        return self.applied < len(self.edits) and not self.fronts and is_redraw(self.edits[self.applied])

    def redraw(self, labels: npt.NDArray[np.uint8], trust: Trust) -> list[SliceResult]:
        """Carry out the redrawing that is due: the new labels (Z, Y, X); gives the slices that change."""
        if not self.redraw_due:
            raise ValueError("No redrawing is due.")
        if labels.shape != self.shape or labels.dtype != np.uint8:
            raise ValueError(f"The new labels are {labels.dtype} of {labels.shape}, the volume is {self.shape}.")
        self._before_edit()
        grid, number = self.decoder.features.grid, self.applied
        locked = self._locked_labels()
        results = []
        for z, drawn in enumerate(labels):
            before = self.state(z)
            drawn = locking.spared(before.labels, drawn, locked)
            if not self._index.locked(z, number) and not np.array_equal(before.labels, drawn):
                painted = self._painting(z, before)
                self.states[z] = fixing.redrawn(before, drawn.copy(), number, trust, painted, grid)
                results.append(self._result(z, before, self.states[z]))
        self.applied += 1
        return results

    def said(self) -> dict[int, list[int]]:
        """Of each label the slices that anchor it or on which it was drawn, ascending."""
        found: dict[int, list[int]] = {}
        for z in range(self.shape[0]):
            for label in fixing.said_on(self.state(z)):
                found.setdefault(label, []).append(z)
        return found

    def remaining(self) -> int:
        """At most so many slices are still to be done."""
        ahead = sum(self.shape[0] - front.z if front.direction > 0 else front.z + 1 for front in self._hindmost())
        for edit in self.edits[self.applied :]:
            places = places_of(edit)
            if not places:
                ahead += self.shape[0]
                continue
            ahead += len(places) + self.shape[0] - 1 - places[0] + places[-1]
        return ahead - len(self.anchoring)

    def progress(self) -> dict[str, Any]:
        """What, with the slices given so far, lets another session go on from here; plain JSON."""
        fronts = [[front.direction, front.z] for front in self.fronts]
        return {"applied": self.applied, "anchoring": list(self.anchoring), "fronts": fronts}

    def resume(self, progress: dict[str, Any]) -> None:
        """Take up ``progress``; ValueError if it does not fit the edits."""
        try:
            self.applied = int(progress["applied"])
            self.anchoring = [int(z) for z in progress["anchoring"]]
            self.fronts = [Front(int(direction), int(z)) for direction, z in progress["fronts"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("The stored progress is damaged.") from error
        if self.applied > len(self.edits):
            raise ValueError("The stored progress is ahead of the prompts.")

    def _apply(self, edit: Edit) -> Iterator[SliceResult]:
        """Settle the edit's slices, anchor them one by one, and send fronts out from each."""
        if locking.is_label_lock(edit):
            yield from self._lock_label()
            return
        places = places_of(edit)
        if not self.anchoring:
            for z in places:
                yield from self._settle(z)
            self._before_edit()
        for z in places:
            if z in self.anchoring:
                continue
            result = self._anchor(z, edit)
            self.anchoring.append(z)
            for direction in () if is_quiet(edit) else BOTH:
                self._send(direction, z + direction)
            self._if_whole(places)
            yield result

    def _lock_label(self) -> Iterator[SliceResult]:
        """All that was said before comes to its end first, so that it is the same whenever the lock is said."""
        while self.fronts:
            result = self._step(self._chosen(()))
            if result is not None:
                yield result
        self._before_edit()
        self.applied += 1

    def _if_whole(self, places: list[int]) -> None:
        if set(self.anchoring) >= set(places):
            self.anchoring = []
            self.applied += 1

    def _settle(self, z: int) -> Iterator[SliceResult]:
        """Let every front pass that would still change slice ``z``."""
        while True:
            due = [front for front in self._hindmost() if front.comes_to(z)]
            if not due:
                return
            result = self._step(due[0])
            if result is not None:
                yield result

    def _chosen(self, wanted: Sequence[int]) -> Front:
        """The hindmost front of each direction in turn, but first the one that still comes to what is wanted."""
        ready = self._hindmost()
        for z in wanted if len(ready) == 2 else ():
            coming = [front for front in ready if front.comes_to(z)]
            if len(coming) == 1:
                return coming[0]
        self._last_direction = -self._last_direction
        return next((front for front in ready if front.direction == self._last_direction), ready[0])

    def _hindmost(self) -> list[Front]:
        """Of each direction the front that has most slices before it: on its way it takes up all others."""
        ready = (
            min((front for front in self.fronts if front.direction == direction), key=Front.place, default=None)
            for direction in BOTH
        )
        return [front for front in ready if front is not None]

    def _send(self, direction: int, z: int) -> None:
        """A front to slice ``z``; one that waits there already is the same."""
        front = Front(direction, z)
        self.fronts = [other for other in self.fronts if other != front]
        if 0 <= z < self.shape[0]:
            self.fronts.append(front)

    def _step(self, front: Front) -> SliceResult | None:
        """One slice further; None if nothing changed, and the front has ended."""
        self.fronts.remove(front)
        direction, z = front.direction, front.z
        if self._index.locked(z, self.applied):
            return None
        before = self.state(z)
        arriving = self._arriving(z, direction, self.applied)
        if not arriving and not before.passing(direction):
            return None
        after = self._visited(z, before, (direction,))
        if _same(after.passing(direction), before.passing(direction)):
            return None
        self.states[z] = after
        self._send(direction, z + direction)
        return self._result(z, before, after)

    def _anchor(self, z: int, edit: Edit) -> SliceResult:
        """Decode slice ``z`` with all that was said on it, starting from the labels as they are there now."""
        before = self.state(z)
        if self._index.locked(z, self.applied + 1):
            return self._result(z, before, before)
        here = [prompt for prompt in edit if z in prompt.slices]
        untouched, before = before, fixing.stroked(before, here, self.decoder.features.grid, self._locked_labels())
        if is_quiet(tuple(here)):
            self.states[z] = before
            return self._result(z, untouched, before)
        before = fixing.released(before, here, z)
        drawn = fixing.carried(before, here)
        prompts = self._index.pixels_on(z, upto=self.applied + 1) | drawn
        incoming = fused_states(before.up, before.down)
        made: list[tuple[Pass, Decoded]] = []
        decoded = self._decoded(z, prompts, incoming, made, before)
        new = {} if decoded is None else {k: state for k, state in decoded.after.items() if k not in incoming}
        if new:
            # A second look, from what the first one found: what a lone point means is much clearer then.
            incoming = incoming | new
            decoded = self._decoded(z, prompts, incoming, made, before)
        anchors = dict(before.anchors)
        spoken = {*drawn, *(label for prompt in here for label in self._spoken(prompt, untouched))}
        if decoded is not None:
            # What is only said not to be here, and is not known to be, has nothing to anchor.
            for label in sorted(spoken & {*decoded.order}):
                anchors[label] = Anchor(incoming.get(label), self._handed(z, before, label, decoded))
        anchored = fixing.anchored(replace(before, anchors=anchors), self.decoder.features.grid)
        after = self._visited(z, anchored, BOTH, self.applied + 1, made)
        self.states[z] = after
        return self._result(z, untouched, after)

    def _visited(
        self,
        z: int,
        state: SliceState,
        directions: Sequence[int],
        upto: int | None = None,
        made: list[tuple[Pass, Decoded]] | None = None,
    ) -> SliceState:
        """Slice ``z`` with the passes of ``directions`` made anew and its labels fused from both."""
        upto = self.applied if upto is None else upto
        prompts = self._index.pixels_on(z, upto)
        made = [] if made is None else made
        said: list[Decoded] = []
        for direction in BOTH:
            coming = self._arriving(z, direction, upto) if direction in directions else state.source(direction)
            arriving = {label: handed for label, handed in coming.items() if label not in state.anchors}
            held = {label: anchor.before for label, anchor in state.anchors.items() if anchor.before is not None}
            incoming = {**arriving, **held}
            decoded = self._decoded(z, prompts, incoming, made, state)
            if decoded is not None and decoded not in said:
                said.append(decoded)
            if direction in directions:
                onward = {} if decoded is None else {k: v for k, v in decoded.after.items() if k in arriving}
                onward |= fixing.onward(state, arriving, onward, self.decoder.features.grid)
                onward |= {k: anchor.after for k, anchor in state.anchors.items() if anchor.after is not None}
                state = state.with_pass(direction, onward, arriving)
        return self._labelled(z, state, said)

    def _decoded(
        self,
        z: int,
        prompts: dict[int, SlicePixels],
        incoming: Pass,
        made: list[tuple[Pass, Decoded]],
        state: SliceState,
    ) -> Decoded | None:
        """A pass's view of the slice, taken over if the same was asked already; None if it knows of no label."""
        prompts = meaningful(prompts, incoming)
        prompts |= {label: drawn for label, drawn in fixing.guidance(state).items() if label in incoming}
        if not prompts and not incoming:
            return None
        for asked, decoded in made:
            if asked.keys() == incoming.keys() and all(asked[label] is incoming[label] for label in asked):
                return decoded
        decoded = self.decoder.decode(z, prompts, incoming)
        made.append((incoming, decoded))
        return decoded

    def _labelled(self, z: int, state: SliceState, said: list[Decoded]) -> SliceState:
        labels = np.zeros(self.shape[1:], np.uint8)
        confidence: dict[int, float] = {}
        order: tuple[int, ...] = ()
        if said:
            order, scores, confidence = fused_scores(said)
            confidence = doubted(confidence, state.up, state.down)
            order, scores = fixing.contested(state, order, scores)
        if order:
            places = self.decoder.features.grid.stored_labels(scores.cpu())
            labels = np.array([0, *order], np.uint8)[places]
        labels = fixing.kept(state, labels)
        for prompt in self._painting(z, state):
            labels = prompt.painted_on(labels)
        labels = locking.spared(state.labels, labels, self._locked_labels())
        return replace(state, labels=labels, confidence=confidence | fixing.certain(state, labels))

    def _painting(self, z: int, state: SliceState) -> list[Prompt]:
        """The prompts that painted on the slice since it was redrawn from outside, if ever."""
        since = state.fixed.since if state.fixed else 0
        return self._index.painting(z, since, self.applied + 1)

    def _locked_labels(self) -> tuple[int, ...]:
        return locking.locked_labels(self.edits[: self.applied])

    def _handed(self, z: int, state: SliceState, label: int, decoded: Decoded) -> LabelState | None:
        """What an anchored label hands on."""
        grid = self.decoder.features.grid
        return fixing.painted(decoded.after.get(label), self._painting(z, state), label, grid)

    def _arriving(self, z: int, direction: int, upto: int) -> Pass:
        """What the neighbour hands on to slice ``z``, but labels that the user let end in between."""
        source = z - direction
        if not 0 <= source < self.shape[0]:
            return {}
        between = {(source, direction), (z, -direction)}
        ended = {
            prompt.label
            for prompt in (*self._index.on(source, upto), *self._index.on(z, upto))
            if prompt.kind == "end" and (prompt.slices[0], prompt.towards) in between
        }
        return {label: state for label, state in self.state(source).passing(direction).items() if label not in ended}

    @staticmethod
    def _spoken(prompt: Prompt, before: SliceState) -> set[int]:
        """The labels that a prompt anchors on its slice: what it marks, and what was painted over."""
        if prompt.painted is None:
            return set(prompt.labels)
        covered = np.unique(before.labels[prompt.painted != UNPAINTED])
        return {*prompt.labels, *(int(label) for label in covered if label)}

    def _result(self, z: int, before: SliceState, after: SliceState) -> SliceResult:
        passes = fused_states(after.up, after.down)
        centroids = [state.centroids for _, state in sorted(passes.items())]
        trust: Trust = "prompted" if after.anchors else "model"
        if after.fixed is not None and after.fixed.labels:
            trust = after.fixed.trust
        if any(prompt.painted is not None for prompt in self._painting(z, after)):
            trust = "painted"
        config = self.decoder.net.config
        none = np.zeros((0, config.centroids_per_label, config.centroid_dim), np.float16)
        return SliceResult(
            z=z,
            labels=after.labels,
            confidence=after.confidence,
            centroids=np.stack(centroids) if centroids else none,
            state=after.to_bytes(),
            changed=not np.array_equal(before.labels, after.labels),
            trust=trust,
        )


def _same(after: Pass, before: Pass) -> bool:
    if after.keys() != before.keys():
        return False
    return all(state.close_to(before[label], PRIOR_TOLERANCE, CENTROID_TOLERANCE) for label, state in after.items())
