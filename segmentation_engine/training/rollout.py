"""A clip as a user would live it: prompts where they are planned, slice after slice on the network's own
predictions, then for part of the clips a correction on the worst slice and onwards from there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation_engine.model import Carried, Guidance, Pyramid, S2VNet, SlicePrediction
from segmentation_engine.training.clicks import PromptMaps, correction_maps, first_maps
from segmentation_engine.training.data import ClipBatch
from segmentation_engine.training.losses import LossWeights, Truth, slice_losses
from segmentation_engine.training.plan import ClipPlan, PlanOptions, plan_clips

_OWN_PRIOR = 0.7
_DISTURBED_TRUST = 0.5


@dataclass(frozen=True)
class Clip:
    """A ClipBatch turned slice-major and moved to the device of the network."""

    images: Tensor  # (T, B, 1, H, W)
    pyramids: list[Pyramid]
    labels: Tensor  # (T, B, H, W) long, only what the network can know of
    active: Tensor  # (B, K) bool


class ClipRollout(nn.Module):
    """Losses of a batch of clips. A module, so that several GPUs can share the work (DistributedDataParallel)."""

    def __init__(self, net: S2VNet, options: PlanOptions, weights: LossWeights) -> None:
        super().__init__()
        self.net = net
        self.options = options
        self.weights = weights

    def forward(self, batch: ClipBatch, random: np.random.Generator) -> dict[str, Tensor]:
        """-> named scalars, means over slices; ``total`` has the gradient."""
        labels = batch.labels.transpose(0, 1)  # (T, B, H, W)
        plan = plan_clips(label_presence(labels, batch), batch.class_index, batch.named, self.options, random)
        known_labels = only_introduced(labels, plan.introduced)
        maps = first_maps(known_labels, plan.points, random)
        device = next(self.net.parameters()).device
        clip = self._encode(batch, known_labels, device)
        guidance = [
            guidance_of(maps, index, batch.label_active, plan.class_index, device) for index in range(len(labels))
        ]
        predictions, before = self._first_pass(clip, guidance, random)
        losses = [self._loss(prediction, clip, index) for index, prediction in enumerate(predictions)]
        if plan.correct:
            corrected = self._correction(clip, predictions, before, maps, plan, random)
            losses.extend(corrected)
        return _means(losses)

    def _encode(self, batch: ClipBatch, labels: Tensor, device: torch.device) -> Clip:
        image = batch.image.to(device, non_blocking=True)
        stacks = image.unfold(1, 3, 1).permute(1, 0, 4, 2, 3)  # (T, B, 3, H, W)
        pyramid = self.net.encode(stacks.flatten(0, 1))
        active = batch.label_active.to(device)
        return Clip(stacks[:, :, 1:2], pyramid.slices(len(stacks)), labels.to(device), active)

    def _first_pass(
        self, clip: Clip, guidance: list[Guidance], random: np.random.Generator
    ) -> tuple[list[SlicePrediction], list[Carried]]:
        carried = nothing_carried(self.net, clip)
        predictions, before = [], []
        for image, pyramid, guided in zip(clip.images, clip.pyramids, guidance, strict=True):
            before.append(carried)
            prediction = self.net.decode(pyramid, image, guided, carried)
            predictions.append(prediction)
            carried = disturb(prediction.carried, self.options.disturb_prior, random)
            carried = painted(carried, clip.labels[len(before) - 1], self.options.true_prior, random)
        return predictions, before

    def _correction(
        self,
        clip: Clip,
        predictions: list[SlicePrediction],
        before: list[Carried],
        maps: PromptMaps,
        plan: ClipPlan,
        random: np.random.Generator,
    ) -> list[dict[str, Tensor]]:
        """Every clip is corrected on its own worst slice, and propagated to the slice after it."""
        worst = worst_slices(predictions, clip)
        predicted = torch.stack([prediction.labels() for prediction in predictions])
        slices = torch.arange(len(worst))
        chosen = worst.cpu(), slices
        fixed = correction_maps(clip.labels.cpu()[chosen], predicted.cpu()[chosen], maps.at(chosen), random)
        carried = pick(before, worst)
        if random.random() < _OWN_PRIOR:
            own = pick([prediction.carried for prediction in predictions], worst)
            carried = replace(own, absent_for=carried.absent_for, distance=carried.distance)
        empty = torch.zeros_like(fixed.positive)
        losses = []
        for step, shown in enumerate((fixed, PromptMaps(empty, empty))):
            index = (worst + step).clamp(max=len(predictions) - 1)
            guided = guidance_of(shown, None, clip.active, plan.class_index, clip.active.device)
            prediction = self.net.decode(pick_pyramid(clip, index), clip.images[index, slices], guided, carried)
            truth = Truth(clip.labels[index, slices], clip.active)
            losses.append(_watched_as(slice_losses(prediction, truth, self.weights), ("corrected", "after")[step]))
            carried = prediction.carried
        return losses

    def _loss(self, prediction: SlicePrediction, clip: Clip, index: int) -> dict[str, Tensor]:
        truth = Truth(clip.labels[index], clip.active)
        return _watched_as(slice_losses(prediction, truth, self.weights), "later" if index else "first")


def label_presence(labels: Tensor, batch: ClipBatch) -> Tensor:
    """(T, B, H, W) labels -> (T, B, K) bool."""
    slots = batch.label_active.shape[1]
    values = torch.arange(1, slots + 1)
    return torch.stack([(labels == value).flatten(2).any(2) for value in values], 2) & batch.label_active


def only_introduced(labels: Tensor, introduced: Tensor) -> Tensor:
    """Pixels of labels that nobody has named or prompted yet are background: (T, B, H, W) with (T, B, K) bool."""
    values = torch.arange(1, introduced.shape[2] + 1) * introduced
    table = F.pad(values, (1, 0))
    return table.gather(2, labels.flatten(2)).reshape(labels.shape)


def guidance_of(
    maps: PromptMaps, index: int | None, active: Tensor, class_index: Tensor, device: torch.device
) -> Guidance:
    """Guidance of slice ``index`` of slice-major maps, or of maps that are of one slice already."""
    shown = maps if index is None else PromptMaps(maps.positive[index], maps.negative[index])
    prompted = (shown.positive.amax((2, 3)) > 0) | (shown.negative.amax((2, 3)) > 0)
    return Guidance(
        active.to(device),
        class_index.to(device),
        shown.positive.to(device),
        shown.negative.to(device),
        prompted.to(device),
    )


def nothing_carried(net: S2VNet, clip: Clip) -> Carried:
    """The state before the first slice of a clip."""
    height, width = clip.images.shape[-2:]
    batch, slots = clip.active.shape
    return net.empty_carried(batch, slots, height // 4, width // 4, clip.images.device)


def pick(states: list[Carried], index: Tensor) -> Carried:
    """Of each clip the state at its own slice: T states of batch B and (B,) -> one state of batch B."""
    clips = torch.arange(len(index), device=index.device)
    picked = {}
    for field in fields(Carried):
        picked[field.name] = torch.stack([getattr(state, field.name) for state in states])[index, clips]
    return Carried(**picked)


def pick_pyramid(clip: Clip, index: Tensor) -> Pyramid:
    """Of each clip the pyramid of its own slice."""
    clips = range(len(index))
    chosen = [[clip.pyramids[int(index[c])][level][c] for c in clips] for level in range(3)]
    return Pyramid(*(torch.stack(level).contiguous(memory_format=torch.channels_last) for level in chosen))


@torch.no_grad()
def worst_slices(predictions: list[SlicePrediction], clip: Clip) -> Tensor:
    """(B,) the slice of each clip where most pixels are wrong."""
    wrong = [(p.labels() != labels).sum((1, 2)) for p, labels in zip(predictions, clip.labels, strict=True)]
    return torch.stack(wrong).argmax(0)


def disturb(carried: Carried, chance: float, random: np.random.Generator) -> Carried:
    """As it would be stored (8 bit, without gradient), and for some clips wrong: shifted, swollen or with a hole."""
    prior = (carried.prior.detach() * 255).round() / 255
    trust = carried.trust.clone()
    for clip in np.flatnonzero(random.random(len(prior)) < chance):
        prior[clip] = _disturbed(prior[clip], random)
        trust[clip] *= _DISTURBED_TRUST
    return replace(carried, prior=prior, trust=trust)


def painted(carried: Carried, labels: Tensor, chance: float, random: np.random.Generator) -> Carried:
    """For some clips as if a person had painted the slice, labels (B, H, W): what is handed on is true, and trusted."""
    prior, trust = carried.prior.clone(), carried.trust.clone()
    values = torch.arange(1, prior.shape[1] + 1, device=labels.device)
    for clip in np.flatnonzero(random.random(len(prior)) < chance):
        truth = (labels[clip] == values[:, None, None]).to(prior.dtype)
        prior[clip] = F.avg_pool2d(truth, 4)
        trust[clip] = 1.0
    return replace(carried, prior=prior, trust=trust)


def _disturbed(prior: Tensor, random: np.random.Generator) -> Tensor:
    kind = random.integers(4)
    if kind == 0:
        shift = [int(s) for s in random.integers(-3, 4, size=2)]
        return torch.roll(prior, shift, (1, 2))
    if kind == 1:
        return F.max_pool2d(prior[None], 3, 1, 1)[0]
    if kind == 2:
        return -F.max_pool2d(-prior[None], 3, 1, 1)[0]
    height, width = prior.shape[1:]
    row, column = int(random.integers(height // 2)), int(random.integers(width // 2))
    holed = prior.clone()
    holed[:, row : row + height // 3, column : column + width // 3] = float(random.random() < 0.3)
    return holed / holed.sum(0, keepdim=True).clamp(min=1)


def _watched_as(terms: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The Dice that was reached, under the name of the kind of slice."""
    return {f"dice_{name}" if key == "reached" else key: value for key, value in terms.items()}


def _means(losses: Iterable[dict[str, Tensor]]) -> dict[str, Tensor]:
    gathered: dict[str, list[Tensor]] = {}
    for terms in losses:
        for name, value in terms.items():
            gathered.setdefault(name, []).append(value)
    return {name: torch.stack(values).mean() for name, values in gathered.items()}
