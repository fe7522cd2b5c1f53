"""One slice through the network: from prompts and the incoming states of its labels to scores and outgoing states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from segmentation_engine.features import Features
from segmentation_engine.islands import support, without_islands
from segmentation_engine.model import Carried, Guidance, S2VNet, SlicePrediction
from segmentation_engine.obedience import Said, obeyed
from segmentation_engine.prompts import SlicePixels, splat
from segmentation_engine.slice_state import LabelState, Pass

# A label that was absent on so many slices in a row has ended; a pass then forgets it.
ENDED_AFTER_SLICES = 6
GENERIC = -1
# Of 0 to 1 the best share on ten held-out volumes in automatic mode; prompted results do not depend on it.
ABSENT_SHARE = 0.1
# How much the overlap of both directions' masks weighs in the confidence that is told: of 1, 1/2 and 1/4 the best.
DISAGREEMENT_EXPONENT = 0.25


@dataclass(frozen=True, eq=False)
class Decoded:
    """What one pass says of a slice."""

    order: tuple[int, ...]  # the labels, as the scores have them
    scores: Tensor  # (K, H, W) float32 log-odds against background, padded working grid
    after: Pass  # labels that the pass knows from here on, ended ones left out
    confidence: dict[int, float]

    def weight(self, label: int) -> float:
        """How much this pass counts where both looked for the label: confident and near to its anchor. One that is sure
        that the label is not here counts a little too, so that a false start of the other does not win by itself."""
        state = self.after.get(label)
        if state is None:
            return max(1e-3, ABSENT_SHARE * self.confidence[label])
        return max(1e-3, state.confidence) / (1 + state.distance)


class SliceDecoder:
    """Decodes single slices, always one at a time and only with the labels at hand: so the order in which slices are
    computed, and labels that play no part in them, cannot change a value."""

    def __init__(self, net: S2VNet, features: Features, device: torch.device, half: torch.dtype | None) -> None:
        self.net = net
        self.features = features
        self.device = device
        self.half = half

    @torch.inference_mode()
    def decode(
        self,
        z: int,
        prompts: Mapping[int, SlicePixels],
        incoming: Pass,
        classes: Mapping[int, int] | None = None,
    ) -> Decoded:
        """Slice ``z`` with the labels that are prompted on it, known to the pass, or (``classes``: label -> class
        index) asked for by name."""
        classes = classes or {}
        order = tuple(sorted({*prompts, *incoming, *classes}))
        pyramid = self.features.pyramid(z)
        image = self.features.working_image(z)
        guidance = self._guidance(order, prompts, classes)
        carried = self._carried(order, incoming)
        with one_thread(), torch.autocast(self.device.type, self.half, enabled=self.half is not None):
            prediction = self.net.decode(
                type(pyramid)(*(level.to(self.device) for level in pyramid)), image.to(self.device), guidance, carried
            )
            if prompts:
                prediction = self._obedient(prediction, image.to(self.device), order, prompts)
            if not classes:
                prediction = _hanging_together(prediction, guidance, carried)
        return _decoded(order, prediction, incoming, prompts)

    def _obedient(
        self,
        prediction: SlicePrediction,
        image: Tensor,
        order: tuple[int, ...],
        prompts: Mapping[int, SlicePixels],
    ) -> SlicePrediction:
        """The prediction with what was said of single pixels kept, also in what the next slice gets."""
        logits = obeyed(prediction.logits[0].float(), image[0, 0], [self._said(prompts.get(label)) for label in order])
        return _with_logits(prediction, logits)

    def _said(self, pixels: SlicePixels | None) -> Said:
        if pixels is None:
            return Said(torch.zeros(0, 2), torch.zeros(0, 2))
        to_working = self.features.grid.to_working
        return Said(torch.from_numpy(to_working(pixels.literal)), torch.from_numpy(to_working(pixels.negative)))

    def _guidance(
        self, order: tuple[int, ...], prompts: Mapping[int, SlicePixels], classes: Mapping[int, int]
    ) -> Guidance:
        maps = [self._maps(prompts.get(label)) for label in order]
        positive = torch.stack([said[0] for said in maps])[None].to(self.device)
        negative = torch.stack([said[1] for said in maps])[None].to(self.device)
        return Guidance(
            active=torch.ones(1, len(order), dtype=torch.bool, device=self.device),
            class_index=torch.tensor([[classes.get(label, GENERIC) for label in order]], device=self.device),
            positive=positive,
            negative=negative,
            has_prompt=torch.tensor([[label in prompts for label in order]], device=self.device),
        )

    def _maps(self, pixels: SlicePixels | None) -> tuple[Tensor, Tensor]:
        cells = self.features.grid.cells
        if pixels is None:
            return torch.zeros(cells), torch.zeros(cells)
        to_working = self.features.grid.to_working
        positive, negative = (
            splat(torch.from_numpy(to_working(said)), *cells) for said in (pixels.positive, pixels.negative)
        )
        return positive, negative

    def _carried(self, order: tuple[int, ...], incoming: Pass) -> Carried:
        empty = self.net.empty_carried(1, len(order), *self.features.grid.cells, self.device)
        for place, label in enumerate(order):
            state = incoming.get(label)
            if state is None:
                continue
            empty.centroids[0, place] = torch.from_numpy(state.centroids.astype(np.float32))
            empty.anchor[0, place] = torch.from_numpy(state.anchor.astype(np.float32))
            empty.prior[0, place] = torch.from_numpy(state.prior.astype(np.float32) / 255)
            empty.known[0, place] = True
            empty.absent_for[0, place] = state.absent_for
            empty.distance[0, place] = state.distance
            empty.trust[0, place] = state.confidence
        return empty


def _hanging_together(prediction: SlicePrediction, guidance: Guidance, carried: Carried) -> SlicePrediction:
    """The prediction without pieces that nothing speaks for."""
    logits = prediction.logits[0].float()
    kept = without_islands(logits, prediction.labels()[0], support(guidance, carried))
    return prediction if kept is logits else _with_logits(prediction, kept)


def _with_logits(prediction: SlicePrediction, logits: Tensor) -> SlicePrediction:
    """Other scores (K+1, H, W), also in what the next slice gets."""
    prior = F.avg_pool2d(logits.softmax(0)[None, 1:], 4)
    return replace(prediction, logits=logits[None], carried=replace(prediction.carried, prior=prior))


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums depend on how many threads share them. One is as fast for a single slice, leaves the other cores to other
    processes, and gives every worker the same values."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _decoded(
    order: tuple[int, ...], prediction: SlicePrediction, incoming: Pass, prompts: Mapping[int, SlicePixels]
) -> Decoded:
    presence = prediction.presence[0].float().sigmoid().tolist()
    quality = prediction.quality[0].float().sigmoid().tolist()
    shown = (prediction.logits[0, 1:] > 0).flatten(1).any(1).tolist()
    after: Pass = {}
    confidence = {}
    for place, label in enumerate(order):
        sure = presence[place] * quality[place] if presence[place] > 0.5 else 1 - presence[place]
        confidence[label] = round(sure, 4)
        state = _handed_on(prediction, place, confidence[label])
        if not shown[place] and label not in prompts:
            state = _unseen(incoming.get(label), state)
        if state is not None and state.absent_for < ENDED_AFTER_SLICES:
            after[label] = state
    return Decoded(order, prediction.logits[0, 1:].float(), after, confidence)


def _handed_on(prediction: SlicePrediction, place: int, confidence: float) -> LabelState | None:
    """What the network hands on of a label; None while it knows nothing of it."""
    carried = prediction.carried
    if not bool(carried.known[0, place]):
        return None
    return LabelState(
        centroids=carried.centroids[0, place].float().cpu().numpy().astype(np.float16),
        anchor=carried.anchor[0, place].float().cpu().numpy().astype(np.float16),
        prior=(carried.prior[0, place].float() * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy(),
        absent_for=int(carried.absent_for[0, place]),
        distance=int(carried.distance[0, place]),
        confidence=confidence,
    )


def _unseen(before: LabelState | None, after: LabelState | None) -> LabelState | None:
    """A label without a single pixel is not on the slice, whatever its presence says: it is remembered as it was
    before, and soon forgotten. So a pass ends with its objects, not with the volume."""
    if before is None or after is None:
        return None
    return replace(
        before,
        prior=after.prior,
        absent_for=before.absent_for + 1,
        distance=before.distance + 1,
        confidence=after.confidence,
    )


def fused_states(up: Pass, down: Pass) -> Pass:
    """Both passes as one: of labels that both know, the mean weighed by confidence and nearness to the anchor."""
    fused = {**up, **down}
    for label in up.keys() & down.keys():
        fused[label] = _mean_state(up[label], down[label])
    return fused


def _mean_state(one: LabelState, other: LabelState) -> LabelState:
    if one is other:
        return one
    weights = [max(1e-3, state.confidence) / (1 + state.distance) for state in (one, other)]
    share = weights[0] / sum(weights)
    nearer = one if one.distance <= other.distance else other

    def mean(name: str) -> npt.NDArray[np.float32]:
        first, second = getattr(one, name).astype(np.float32), getattr(other, name).astype(np.float32)
        return np.asarray(share * first + (1 - share) * second, np.float32)

    return replace(
        nearer,
        centroids=mean("centroids").astype(np.float16),
        anchor=mean("anchor").astype(np.float16),
        prior=np.rint(mean("prior")).astype(np.uint8),
        absent_for=min(one.absent_for, other.absent_for),
    )


def doubted(confidence: Mapping[int, float], up: Pass, down: Pass) -> dict[int, float]:
    """Each label's confidence, less where the passes of both directions show different masks: what they disagree about
    is wrong more often than either of them believes (`evaluation.calibration` measures it)."""
    return {label: round(sure * _agreement(up.get(label), down.get(label)), 4) for label, sure in confidence.items()}


def _agreement(one: LabelState | None, other: LabelState | None) -> float:
    """1 where the masks are alike or only one pass knows the label, towards 0 where they have nothing in common."""
    if one is None or other is None or one is other:
        return 1.0
    total = float(one.prior.sum(dtype=np.int64) + other.prior.sum(dtype=np.int64))
    shared = 2.0 * float(np.minimum(one.prior, other.prior).sum(dtype=np.int64))
    return 1.0 if total == 0 else float((shared / total) ** DISAGREEMENT_EXPONENT)


def fused_scores(passes: list[Decoded]) -> tuple[tuple[int, ...], Tensor, dict[int, float]]:
    """Scores of all labels of one or two passes (labels ascending, (K, H, W)), and each label's confidence."""
    if len(passes) == 1:
        return passes[0].order, passes[0].scores, passes[0].confidence
    order = tuple(sorted({label for decoded in passes for label in decoded.order}))
    scores, confidence = [], {}
    for label in order:
        knowing = [decoded for decoded in passes if label in decoded.order]
        weights = [decoded.weight(label) for decoded in knowing]
        parts = [weight / sum(weights) for weight in weights]
        said = [decoded.scores[decoded.order.index(label)] for decoded in knowing]
        scores.append(sum((part * score for part, score in zip(parts, said, strict=True)), torch.zeros_like(said[0])))
        sure = sum(part * decoded.confidence[label] for part, decoded in zip(parts, knowing, strict=True))
        confidence[label] = round(sure, 4)
    return order, torch.stack(scores), confidence
