"""The engine's outside: volumes in, checkpoints, automatic mode, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from safetensors.torch import save_file

from segmentation_engine import Engine, Features, Prompt, load_engine
from segmentation_engine.engine import as_volume
from tests.engine.conftest import SHAPE, SPACING_MM

VOLUME = np.zeros((3, 8, 8), np.float32)


def with_value(value: float) -> npt.NDArray[np.float32]:
    image = VOLUME.copy()
    image[1, 2, 3] = value
    return image


@pytest.mark.parametrize(
    ("image", "spacing", "sentence"),
    [
        (VOLUME[0], SPACING_MM, "three axes"),
        (VOLUME[None], SPACING_MM, "three axes"),
        (VOLUME[:, :0], SPACING_MM, "three axes"),
        (with_value(np.nan), SPACING_MM, "not numbers"),
        (with_value(np.inf), SPACING_MM, "not numbers"),
        (VOLUME.astype(np.complex64), SPACING_MM, "real numbers"),
        (np.full((3, 8, 8), "a"), SPACING_MM, "real numbers"),
        (VOLUME, (1.0, 1.0), "three positive lengths"),
        (VOLUME, (1.0, 0.0, 1.0), "three positive lengths"),
        (VOLUME, (1.0, np.nan, 1.0), "three positive lengths"),
    ],
)
def test_what_is_no_volume_is_refused_with_a_sentence(
    engine: Engine, image: npt.NDArray[np.generic], spacing: tuple[float, ...], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        engine.encode(image, spacing)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 35, 51), (3, 300, 40)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float64])
def test_any_size_and_real_dtype_is_segmented_on_its_own_grid(
    engine: Engine, shape: tuple[int, int, int], dtype: type
) -> None:
    image: npt.NDArray[np.generic] = (np.random.default_rng(0).random(shape) * 100).astype(dtype)
    session = engine.session(engine.encode(image, SPACING_MM))
    session.add(Prompt.point(1, (0, 0, 0)))
    results = list(session.propagate())
    assert results[0].labels.shape == shape[1:]
    assert session.labels.shape == shape


def test_a_constant_image_is_allowed(engine: Engine) -> None:
    session = engine.session(engine.encode(np.full(SHAPE, 7, np.int16), SPACING_MM))
    session.add(Prompt.point(1, (5, 10, 8)))
    assert list(session.propagate())


def test_a_view_with_the_propagation_axis_in_front_is_as_good_as_a_copy(
    engine: Engine, image: npt.NDArray[np.float32]
) -> None:
    labels = []
    for turned in (np.moveaxis(image, 2, 0), np.ascontiguousarray(np.moveaxis(image, 2, 0))):
        session = engine.session(engine.encode(turned, (1.0, 2.0, 1.0)))
        session.add(Prompt.point(1, (8, 5, 10)))
        list(session.propagate())
        labels.append(session.labels)
    assert np.array_equal(labels[0], labels[1])


def test_automatic_mode_gives_every_slice_once_with_the_wanted_classes(engine: Engine, features: Features) -> None:
    assert engine.classes == ("heart", "liver")
    results = list(engine.automatic(features, ["liver"]))
    assert sorted(result.z for result in results) == list(range(SHAPE[0]))
    assert set(np.unique(as_volume(iter(results), SHAPE))) <= {0, 1}
    assert all(0 <= sure <= 1 for result in results for sure in result.confidence.values())
    again = as_volume(engine.automatic(features, ["liver"]), SHAPE)
    assert np.array_equal(again, as_volume(iter(results), SHAPE))


def test_automatic_mode_refuses_a_class_that_the_checkpoint_does_not_know(engine: Engine, features: Features) -> None:
    with pytest.raises(ValueError, match="does not know spleen"):
        engine.automatic(features, ["liver", "spleen"])


@pytest.mark.parametrize("count", [0, 255])
def test_a_session_has_1_to_254_labels(engine: Engine, features: Features, count: int) -> None:
    with pytest.raises(ValueError, match="1 to 254 labels"):
        engine.session(features, count)


def test_the_same_checkpoint_has_the_same_hash_and_another_has_another(
    engines: list[Engine], checkpoints: list[Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(checkpoints[0].read_bytes())
    assert load_engine(copy).model_hash == engines[0].model_hash
    assert engines[0].model_hash != engines[1].model_hash


def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path: Path, checkpoints: list[Path]) -> None:
    missing, cut, other = (tmp_path / name for name in ("missing", "cut", "other"))
    with pytest.raises(ValueError, match="cannot be read"):
        load_engine(missing)
    cut.write_bytes(checkpoints[0].read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load_engine(cut)
    save_file({"weight": torch.zeros(1)}, other)
    with pytest.raises(ValueError, match="not a checkpoint of this engine"):
        load_engine(other)


def test_the_bundled_checkpoint_marks_what_was_clicked_and_mostly_that() -> None:
    engine = load_engine()
    z, y, x = np.ogrid[:20, :64, :64]
    ball = ((z - 10) / 5) ** 2 + ((y - 30) / 15) ** 2 + ((x - 34) / 15) ** 2 < 1
    image = np.random.default_rng(0).normal(0, 8, ball.shape) + 100 * ball
    session = engine.session(engine.encode(image, (3.0, 1.0, 1.0)))
    session.add(Prompt.point(1, (10, 30, 34)))
    list(session.propagate())
    labels = session.labels == 1
    assert labels[10, 30, 34]
    assert np.count_nonzero(labels & ball) > 0.5 * np.count_nonzero(labels)


def test_importing_the_package_or_its_types_does_not_load_torch() -> None:
    program = "import sys, segmentation_engine, segmentation_engine.types; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
