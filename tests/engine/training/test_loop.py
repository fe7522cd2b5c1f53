"""The training loop on a made-up data root: a small network, a few iterations, a kill in between."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from segmentation_engine.engine import as_volume, load_engine
from segmentation_engine.model import S2VNetConfig
from segmentation_engine.training.data import ClipBatch, class_names
from segmentation_engine.training.data.catalogue import HIPPOCAMPUS_CLASSES, USABLE_SLICE_TASKS
from segmentation_engine.training.data.split import load_split
from segmentation_engine.training.loop import Place, Trainer, TrainingOptions, train
from segmentation_engine.training.runs import WEIGHTS, load_checkpoint

SMALL = S2VNetConfig(
    stem_width=16, stage_widths=(16, 16, 32, 32), stage_blocks=(1, 1, 1, 1), centroid_dim=32,
    steps_per_stride=(1, 1, 1), attention_heads=2, fusion_width=16, edge_width=16,
)  # fmt: skip
SHAPE = (16, 32, 32)
ITERATIONS = 4
HERE = Place(0, 1, torch.device("cpu"))


def two_halves(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A volume in noise and its labels: a bright and a dark block, at places that differ from case to case."""
    random = np.random.default_rng(seed)
    labels = np.zeros(SHAPE, np.uint8)
    top, left = random.integers(2, 6, 2)
    labels[3:10, top : top + 10, left : left + 11] = 1
    top, left = random.integers(16, 20, 2)
    labels[6:13, top : top + 11, left : left + 9] = 2
    image = random.normal(0, 20, SHAPE) + 150.0 * (labels == 1) - 150.0 * (labels == 2)
    return image.astype(np.float32), labels


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three training subjects and a held-out one of the hippocampus, by their names in the split; no 2D slices."""
    root = tmp_path_factory.mktemp("data")
    split = load_split()["hippocampus"]
    names = [*sorted(split["train"])[:3], sorted(split["held_out"])[0]]
    for seed, name in enumerate(names):
        for kind, values in zip(("images", "labels"), two_halves(seed), strict=True):
            path = root / "train" / "hippocampus" / kind / f"{name}.nii.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            nibabel.save(nibabel.Nifti1Image(values.T, np.eye(4)), path)  # type: ignore[no-untyped-call]
    (root / "train" / "slices_2d").mkdir()
    for task in USABLE_SLICE_TASKS:
        np.savez(root / "train" / "slices_2d" / f"{task}.npz", names=np.array([], str))
    return root


def options(data: Path, run: Path, iterations: int) -> TrainingOptions:
    """So many hours that the learning rate does not depend on how fast this machine is."""
    return TrainingOptions(
        data, run, hours=1e6, slices_per_batch=6, workers=0, save_minutes=0, validate_minutes=1e6,
        most_iterations=iterations,
    )  # fmt: skip


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    state = load_checkpoint(run)
    assert state is not None
    weights: dict[str, torch.Tensor] = state["net"]
    return weights


def same(one: ClipBatch, other: ClipBatch) -> bool:
    return all(torch.equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(ClipBatch))


class KilledError(Exception):
    """What stands for a kill: nothing after it is carried out, nothing is saved."""


def watched(monkeypatch: pytest.MonkeyPatch, killed_at: int | None = None) -> list[ClipBatch]:
    """The batches that a run will step on; it may be killed before a step."""
    seen: list[ClipBatch] = []

    def noted(self: Trainer, batch: ClipBatch) -> dict[str, float]:
        if self.iteration == killed_at:
            raise KilledError
        seen.append(batch)
        return step(self, batch)

    step = Trainer.step
    monkeypatch.setattr(Trainer, "step", noted)
    return seen


@pytest.fixture(scope="module")
def whole(data: Path) -> tuple[Path, list[ClipBatch]]:
    """A run that nothing disturbed, and its batches."""
    run = data.parent / "runs" / "whole"
    with pytest.MonkeyPatch.context() as monkeypatch:
        seen = watched(monkeypatch)
        train(options(data, run, ITERATIONS), SMALL)
    return run, seen


def test_a_killed_run_goes_on_with_the_same_batches_and_ends_with_the_same_weights(
    data: Path, whole: tuple[Path, list[ClipBatch]]
) -> None:
    run = data.parent / "runs" / "killed"
    with pytest.MonkeyPatch.context() as monkeypatch:
        seen = watched(monkeypatch, killed_at=2)
        with pytest.raises(KilledError):
            train(options(data, run, ITERATIONS), SMALL)
    with pytest.MonkeyPatch.context() as monkeypatch:
        later = watched(monkeypatch)
        train(options(data, run, ITERATIONS), SMALL)
    assert (len(seen), len(later)) == (2, 2)
    assert all(same(one, other) for one, other in zip(whole[1], [*seen, *later], strict=True))
    straight, resumed = weights_of(whole[0]), weights_of(run)
    new = Trainer(options(data, data.parent / "runs" / "new", 1), replace(SMALL, classes=class_names()), HERE)
    start = new.net.state_dict()
    trained = [name for name, _ in new.net.named_parameters()]
    moved = torch.stack([(straight[name] - start[name]).norm() for name in trained]).norm()
    apart = torch.stack([(straight[name] - resumed[name]).norm() for name in trained]).norm()
    assert moved > 0
    # Not to the last bit: the first sums of a process may be taken in another order than later ones.
    assert apart < 0.1 * moved


def test_the_weights_of_a_run_load_in_the_engine_and_know_the_classes(whole: tuple[Path, list[ClipBatch]]) -> None:
    engine = load_engine(whole[0] / WEIGHTS)
    assert engine.classes == class_names()
    image, labels = two_halves(9)
    features = engine.encode(image, (1, 1, 1))
    found = as_volume(engine.automatic(features, list(HIPPOCAMPUS_CLASSES.values())), labels.shape)
    assert found.shape == SHAPE
