"""Small engines with random weights: everything about them is real but their judgement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from segmentation_engine import Engine, Features, load_engine
from segmentation_engine.checkpoint import write_checkpoint
from segmentation_engine.model import S2VNet, S2VNetConfig

SHAPE = (14, 24, 20)
SPACING_MM = (2.0, 1.0, 1.0)


def small_net(seed: int) -> S2VNet:
    """Untrained, it would see nothing anywhere; this one sees something here and there."""
    torch.manual_seed(seed)
    config = S2VNetConfig(
        classes=("heart", "liver"), stem_width=8, stage_widths=(8, 8, 16, 16), stage_blocks=(1, 1, 1, 1),
        centroid_dim=16, steps_per_stride=(1, 1, 1), attention_heads=2, fusion_width=8, edge_width=8,
    )  # fmt: skip
    net = S2VNet(config)
    with torch.no_grad():
        for name, values in net.named_parameters():
            if name == "presence.layers.2.bias":
                values.fill_(1.5)
            if name == "presence.layers.2.weight":
                values.mul_(4)
            if name == "fusion.out.weight":
                values.normal_(0, 1)
            if name == "fusion.out.bias":
                values.fill_(2.0)
    return net


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Checkpoints of differently seeded networks."""
    folder = tmp_path_factory.mktemp("checkpoints")
    paths = [folder / f"seed-{seed}.safetensors" for seed in range(3)]
    for seed, path in enumerate(paths):
        write_checkpoint(path, small_net(seed))
    return paths


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Small networks gain nothing from more, and lose much where cores are shared."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def engines(checkpoints: list[Path]) -> list[Engine]:
    return [load_engine(path) for path in checkpoints]


@pytest.fixture(scope="session")
def engine(engines: list[Engine]) -> Engine:
    return engines[0]


@pytest.fixture(scope="session")
def image() -> npt.NDArray[np.float32]:
    """Two bright blocks in noise, (Z, Y, X)."""
    values = np.random.default_rng(0).normal(0, 1, SHAPE).astype(np.float32)
    values[3:9, 6:14, 4:12] += 4
    values[6:12, 15:22, 11:18] -= 4
    return values


@pytest.fixture(scope="session")
def all_features(engines: list[Engine], image: npt.NDArray[np.float32]) -> list[Features]:
    """Of each engine, made completely."""
    made = [engine.encode(image, SPACING_MM) for engine in engines]
    for features in made:
        list(features.fill())
    return made


@pytest.fixture(scope="session")
def features(all_features: list[Features]) -> Features:
    return all_features[0]
