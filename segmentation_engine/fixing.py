"""Slices that were redrawn from outside: labels whose extent there is no longer the network's to decide.

Passes still come through such a slice. They take the drawn extent as a prompt and hand it on, like an anchor's, so
what is drawn guides its neighbours; but the slice itself shows it exactly, until somebody prompts the label there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from segmentation_engine.locking import spared
from segmentation_engine.prompts import UNPAINTED, Prompt, SlicePixels, pixels_of
from segmentation_engine.slice_state import Fixed, LabelState, Pass, SliceState
from segmentation_engine.types import Trust
from segmentation_engine.volume import WorkingGrid

Labels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def redrawn(
    state: SliceState, labels: Labels, number: int, trust: Trust, earlier: Iterable[Prompt], grid: WorkingGrid
) -> SliceState:
    """The slice with new labels (Y, X) by edit ``number``. Fixed from now on: whatever changed, whatever was fixed
    before, and what ``earlier`` prompts had painted, for those do not count here any more."""
    changed = labels != state.labels
    fixed = {*np.unique(labels[changed]).tolist(), *np.unique(state.labels[changed]).tolist()}
    fixed.update(state.fixed.labels if state.fixed else ())
    for prompt in earlier:
        covered = prompt.painted_on(np.full_like(labels, UNPAINTED)) != UNPAINTED
        fixed.update(np.unique(state.labels[covered]).tolist(), prompt.labels)
    fixed.discard(0)
    ordered = tuple(sorted(fixed))
    rest = {label: value for label, value in state.confidence.items() if label not in fixed}
    new = replace(state, labels=labels, fixed=Fixed(ordered, number, trust))
    new = replace(new, confidence=rest | certain(new, labels))
    return anchored(replace(new, up=_drawn(new, new.up, grid), down=_drawn(new, new.down, grid)), grid)


def stroked(
    state: SliceState, prompts: Sequence[Prompt], grid: WorkingGrid, locked: Collection[int] = ()
) -> SliceState:
    """The slice with the strokes among ``prompts`` on it, but for ``locked`` labels; the labels that they change are
    fixed. A stroke's own voxels stay even where its labels are released again, so those before it go on to count."""
    strokes = [prompt.drawn for prompt in prompts if prompt.drawn is not None]
    if not strokes:
        return state
    labels = state.labels
    for stroke in strokes:
        labels = stroke.on(labels)
    labels = spared(state.labels, labels, locked)
    since = state.fixed.since if state.fixed else 0
    return redrawn(state, labels, since, "painted", (), grid)


def carried(state: SliceState, prompts: Sequence[Prompt]) -> dict[int, SlicePixels]:
    """What is drawn on the slice as prompts, if one of ``prompts`` says that its neighbours shall follow it."""
    return guidance(state) if any(prompt.kind == "carry" for prompt in prompts) else {}


def painted(after: LabelState | None, prompts: Sequence[Prompt], label: int, grid: WorkingGrid) -> LabelState | None:
    """What a label hands on where it was painted (whole slices): that; nothing if all of it was painted over."""
    masks = [prompt.painted for prompt in prompts if prompt.painted is not None]
    if after is None or not masks:
        return after
    prior = after.prior
    for mask in masks:
        share, free = (_share(where, grid) for where in (mask == label, mask == UNPAINTED))
        mixed = share * 255 + free * torch.from_numpy(prior.astype(np.float32))
        prior = mixed.round().clamp(0, 255).to(torch.uint8).numpy()
    return replace(after, prior=prior, confidence=1.0) if prior.any() else None


def anchored(state: SliceState, grid: WorkingGrid) -> SliceState:
    """The slice's anchors with the drawn extents."""
    anchors = dict(state.anchors)
    for label in _fixed(state):
        anchor = anchors.get(label)
        mask = state.labels == label
        if anchor is not None and anchor.after is not None and mask.any():
            anchors[label] = replace(anchor, after=_shown(anchor.after, mask, grid))
    return replace(state, anchors=anchors)


def onward(state: SliceState, arriving: Pass, after: Pass, grid: WorkingGrid) -> Pass:
    """What a pass hands on of the fixed labels that come with it and show: their drawn extents, whatever the network
    made of them (``after``). One that was drawn away here goes on as the network has it, so that nothing behind this
    slice changes because of it."""
    handed: Pass = {}
    for label in _fixed(state):
        mask = state.labels == label
        if label in arriving and mask.any():
            handed[label] = _shown(after.get(label, arriving[label]), mask, grid)
    return handed


def guidance(state: SliceState) -> dict[int, SlicePixels]:
    """The drawn extents of the fixed labels, as prompts that say where they are."""
    present = ((label, state.labels == label) for label in _fixed(state))
    return {label: pixels_of(mask) for label, mask in present if mask.any()}


def contested(state: SliceState, order: tuple[int, ...], scores: torch.Tensor) -> tuple[tuple[int, ...], torch.Tensor]:
    """Labels and their scores (K, H, W) without the fixed ones."""
    places = [place for place, label in enumerate(order) if label not in _fixed(state)]
    return tuple(order[place] for place in places), scores[places]


def said_on(state: SliceState) -> list[int]:
    """The labels that were prompted or drawn on the slice, ascending; not those that were filled in between others."""
    drawn = _fixed(state) if state.fixed and state.fixed.trust != "interpolated" else ()
    return sorted({*state.anchors, *drawn})


def certain(state: SliceState, labels: Labels) -> dict[int, float]:
    """The confidence of the fixed labels that the slice shows."""
    return {label: 1.0 for label in _fixed(state) if (labels == label).any()}


def kept(state: SliceState, labels: Labels) -> Labels:
    """Labels (Y, X) that hold none of the fixed ones -> with the fixed ones as they were drawn."""
    drawn = np.isin(state.labels, _fixed(state))
    return np.where(drawn, state.labels, labels)


def released(state: SliceState, prompts: Sequence[Prompt], z: int) -> SliceState:
    """The slice when something new is said on it: what is prompted is the network's again, and so is what the voxels
    belong to that were claimed for another label. Painting changes a drawn extent, and it stays fixed."""
    if state.fixed is None:
        return state
    labels = state.labels
    loose: set[int] = set()
    for prompt in prompts:
        if prompt.painted is not None:
            labels = np.where(prompt.painted == UNPAINTED, labels, prompt.painted)
            continue
        loose.update(prompt.labels)
        if prompt.positive and prompt.kind != "box" and prompt.labels:
            rows, columns = prompt.voxels[prompt.voxels[:, 0] == z, 1:].T
            loose.update(np.unique(labels[rows, columns]).tolist())
    fixed = tuple(label for label in state.fixed.labels if label not in loose)
    return replace(state, labels=labels, fixed=replace(state.fixed, labels=fixed))


def _fixed(state: SliceState) -> tuple[int, ...]:
    return state.fixed.labels if state.fixed else ()


def _shown(state: LabelState, mask: Mask, grid: WorkingGrid) -> LabelState:
    return replace(state, prior=_prior(mask, grid), absent_for=0, distance=0, confidence=1.0)


def _drawn(state: SliceState, passing: Pass, grid: WorkingGrid) -> Pass:
    """A pass that was made before the slice was redrawn, with the extents as they are now."""
    handed = dict(passing)
    for label in _fixed(state):
        mask = state.labels == label
        if label in handed and mask.any():
            handed[label] = _shown(handed[label], mask, grid)
    return handed


def _prior(mask: Mask, grid: WorkingGrid) -> npt.NDArray[np.uint8]:
    """A mask (Y, X) as the prior at stride 4, 0..255."""
    return (_share(mask, grid) * 255).round().to(torch.uint8).numpy()


def _share(mask: Mask, grid: WorkingGrid) -> torch.Tensor:
    """How much of each cell at stride 4 a mask (Y, X) covers, 0..1."""
    working = torch.from_numpy(grid.working_slice(mask.astype(np.float32))).clamp(0, 1)
    return F.avg_pool2d(working[None], 4)[0]
