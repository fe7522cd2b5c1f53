"""A user's session on a volume: prompts in, slices out, any number of undo levels."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation_engine.decoding import SliceDecoder
from segmentation_engine.prompts import MOST_LABELS, Edit, Prompt
from segmentation_engine.propagation import Front, Propagation
from segmentation_engine.slice_state import SliceState
from segmentation_engine.types import SliceResult, Trust


@dataclass(frozen=True)
class _Moment:
    """All that a propagation stands at, between two slices."""

    applied: int
    anchoring: tuple[int, ...]
    states: dict[int, SliceState]
    fronts: tuple[Front, ...]

    @property
    def begun(self) -> int:
        """How many edits have changed a slice."""
        return self.applied + bool(self.anchoring)


class Session:
    """Labels of a volume under a list of edits. An edit is one prompt, or several that were said in one go.

    The labels are a function of the edits, in their order, and of the features alone.
    """

    def __init__(
        self,
        decoder: SliceDecoder,
        num_labels: int = 1,
        edits: Sequence[Sequence[Prompt]] = (),
        slices: Callable[[int], bytes | None] | None = None,
        progress: dict[str, Any] | None = None,
    ) -> None:
        if not 1 <= num_labels <= MOST_LABELS:
            raise ValueError(f"A session has 1 to {MOST_LABELS} labels, not {num_labels}.")
        self.num_labels = num_labels
        self._moments: list[_Moment] = []
        self._undone: list[tuple[_Moment, Edit]] = []
        self._propagation = Propagation(decoder, slices, self._remember)
        for edit in edits:
            self._propagation.edits.append(self._checked(edit))
        if progress is not None:
            self._propagation.resume(progress)

    def add(self, edit: Prompt | Sequence[Prompt]) -> None:
        """One more edit; ValueError, and nothing added, if a prompt does not fit the volume."""
        self._propagation.edits.append(self._checked([edit] if isinstance(edit, Prompt) else edit))
        self._undone.clear()

    def propagate(
        self, first: int | None = None, visible: Sequence[int] | None = None
    ) -> Generator[SliceResult, None, None]:
        """Slices as they change, until all is done or a redrawing is due. What is wanted first only chooses
        which direction steps next.

        May be closed between two slices; a later call goes on.
        """
        wanted = [*([] if first is None else [first]), *(visible or ())]
        yield from self._propagation.steps(lambda: wanted)

    @property
    def redraw_due(self) -> bool:
        """Whether ``propagate`` has ended because labels are to be made anew from outside: see ``redraw``."""
        return self._propagation.redraw_due

    def redraw(self, labels: npt.NDArray[np.uint8], trust: Trust) -> list[SliceResult]:
        """Carry out the ``Prompt.redraw`` that is due: what the labels (Z, Y, X) are from now on, made from what
        ``labels`` gives. Only slices that change are given, all at once, and nothing ripples outward from them: what
        changed on a slice stays as drawn until the label is prompted there. ValueError if no redrawing is due."""
        return self._propagation.redraw(labels, trust)

    def said(self) -> dict[int, list[int]]:
        """Of each label the slices on which it was prompted or drawn, ascending."""
        return self._propagation.said()

    def undo(self) -> None:
        """Take the last edit back, without inference; ValueError if there is none.

        A session that was resumed does not know how the slices were before the edits that it was given as carried
        out: if one of those is taken back, the next ``propagate`` computes the ones before it anew.
        """
        edits = self._propagation.edits
        if not edits:
            raise ValueError("There is nothing to undo.")
        now = self._now()
        before = now
        if len(edits) <= now.begun:
            before = self._moments.pop() if self._moments else self._nothing_done()
        self._undone.append((now, edits.pop()))
        self._return_to(before)

    def redo(self) -> None:
        """Bring the last edit back that was undone, without inference; ValueError if there is none."""
        if not self._undone:
            raise ValueError("There is nothing to redo.")
        undone, edit = self._undone.pop()
        self._propagation.edits.append(edit)
        if undone.begun == len(self._propagation.edits):
            self._moments.append(self._now())
            self._return_to(undone)

    @property
    def labels(self) -> npt.NDArray[np.uint8]:
        """(Z, Y, X): all slices as they stand now."""
        return np.stack([self._propagation.state(z).labels for z in range(self._propagation.shape[0])])

    def state(self, z: int) -> bytes:
        """What a session needs to go on from slice ``z``, as ``SliceResult.state``."""
        return self._propagation.state(z).to_bytes()

    @property
    def remaining(self) -> int:
        """At most so many slices are still to be done."""
        return self._propagation.remaining()

    def progress(self) -> dict[str, Any]:
        """Small JSON: with the slices that were given so far, what a session needs to go on from here."""
        return self._propagation.progress()

    def _checked(self, prompts: Sequence[Prompt]) -> Edit:
        if not prompts:
            raise ValueError("An edit needs at least one prompt.")
        if len(prompts) > 1 and any(prompt.kind in ("redraw", "lock_label") for prompt in prompts):
            raise ValueError("What concerns all slices (a redrawing, the lock of a label) is an edit by itself.")
        for prompt in prompts:
            prompt.check(self._propagation.shape)
            self.num_labels = max(self.num_labels, *prompt.labels, 1)
        return tuple(prompts)

    def _now(self) -> _Moment:
        propagation = self._propagation
        return _Moment(
            propagation.applied,
            tuple(propagation.anchoring),
            dict(propagation.states),
            tuple(propagation.fronts),
        )

    def _nothing_done(self) -> _Moment:
        """As before the first edit. Every slice is named, so that none is looked for among the stored ones."""
        empty = self._propagation.empty_state()
        return _Moment(0, (), dict.fromkeys(range(self._propagation.shape[0]), empty), ())

    def _remember(self) -> None:
        self._moments.append(self._now())

    def _return_to(self, moment: _Moment) -> None:
        propagation = self._propagation
        propagation.applied = moment.applied
        propagation.anchoring = list(moment.anchoring)
        propagation.states = dict(moment.states)
        propagation.fronts = list(moment.fronts)
