"""What unguided clips teach is what automatic mode finds: training and use see the same thing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from segmentation_engine.checkpoint import write_checkpoint
from segmentation_engine.engine import as_volume, load_engine
from segmentation_engine.model import S2VNet, S2VNetConfig
from segmentation_engine.training.data import ClipBatch
from segmentation_engine.training.losses import LossWeights
from segmentation_engine.training.plan import PlanOptions
from segmentation_engine.training.rollout import ClipRollout
from segmentation_engine.volume import WorkingGrid, intensity_range, normalise

SHAPE = (14, 32, 32)
ENLARGEMENT = 4  # of the working grid for slices as small as these
UNGUIDED = PlanOptions(automatic=1, correct=0, disturb_prior=0)
CONFIG = S2VNetConfig(
    classes=("made/other", "made/bright", "made/dark"), stem_width=16, stage_widths=(16, 16, 32, 32),
    stage_blocks=(1, 1, 1, 1), centroid_dim=32, steps_per_stride=(1, 1, 1), attention_heads=2, fusion_width=16,
    edge_width=16,
)  # fmt: skip


def scene(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A bright block on slices 3..8 and a dark one on 5..11, somewhere in the plane; nothing on the outer slices."""
    labels = np.zeros(SHAPE, np.uint8)
    top, left = random.integers(2, 6, 2)
    labels[3:9, top : top + 10, left : left + 11] = 1
    top, left = random.integers(16, 20, 2)
    labels[5:12, top : top + 11, left : left + 9] = 2
    image = random.normal(0, 0.3, SHAPE) + 2.0 * (labels == 1) - 2.0 * (labels == 2)
    return image.astype(np.float32), labels


def unguided_clips(random: np.random.Generator, count: int = 4, length: int = 6) -> ClipBatch:
    """Clips that start anywhere and run either way; slot 1 is class 1, slot 2 is class 2."""
    images, labels = [], []
    for _ in range(count):
        image, truth = scene(random)
        grid = WorkingGrid.of(SHAPE[1:], (1.0, 1.0))
        normal = normalise(image, *intensity_range(image))
        start = int(random.integers(0, SHAPE[0] - length + 1))
        slices = np.arange(start - 1, start + length + 1).clip(0, SHAPE[0] - 1)
        slices = slices[::-1] if random.random() < 0.5 else slices
        images.append(np.stack([grid.working_slice(normal[z]) for z in slices]))
        labels.append(truth[slices[1:-1]].repeat(ENLARGEMENT, 1).repeat(ENLARGEMENT, 2).astype(np.int64))
    return ClipBatch(
        image=torch.from_numpy(np.stack(images)),
        labels=torch.from_numpy(np.stack(labels)),
        label_active=torch.ones(count, 2, dtype=torch.bool),
        class_index=torch.tensor([[1, 2]] * count),
        named=torch.ones(count, dtype=torch.bool),
        spacing_mm=torch.ones(count, 3),
    )


def fitted(iterations: int) -> S2VNet:
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    net = S2VNet(CONFIG)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    rollout = ClipRollout(net, UNGUIDED, LossWeights())
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
    for iteration in range(iterations):
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (1 - iteration / iterations)
        with torch.autocast("cpu", torch.bfloat16):
            total = rollout(unguided_clips(random), random)["total"]
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    return net


def test_a_network_that_fits_unguided_clips_finds_the_classes_by_name_where_they_are_and_nowhere_else(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fitted.safetensors"
    write_checkpoint(path, fitted(40))
    engine = load_engine(path)
    image, labels = scene(np.random.default_rng(77))
    features = engine.encode(image, (1.0, 1.0, 1.0))
    # Asked for in another order than the checkpoint has them: label 1 is the dark one.
    found = as_volume(engine.automatic(features, ["made/dark", "made/bright"]), SHAPE)
    for label, wanted in ((1, labels == 2), (2, labels == 1)):
        overlap = 2 * int((wanted & (found == label)).sum())
        assert overlap / int(wanted.sum() + (found == label).sum()) > 0.9
    assert not found[[0, 1, 13]].any()
