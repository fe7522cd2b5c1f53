"""The working grid: scale, padding, and the way back to the stored grid."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segmentation_engine.slice_state import Anchor, LabelState, SliceState
from segmentation_engine.volume import WorkingGrid, intensity_range, normalise, working_scale


@pytest.mark.parametrize(
    ("shape", "spacing", "scale"),
    [
        ((200, 160), (1.0, 1.0), (1.0, 1.0)),
        ((512, 512), (0.7, 0.7), (0.5, 0.5)),
        ((35, 51), (1.0, 1.0), (128 / 51, 128 / 51)),
        ((20, 20), (1.0, 1.0), (4.0, 4.0)),
        ((100, 200), (2.0, 1.0), (2.0, 1.0)),
        ((300, 512), (3.0, 1.0), (3 * 256 / 900, 256 / 900)),
    ],
)
def test_slices_become_isotropic_with_their_longest_side_within_bounds(
    shape: tuple[int, int], spacing: tuple[float, float], scale: tuple[float, float]
) -> None:
    assert working_scale(shape, spacing) == pytest.approx(scale)


def test_the_working_slice_is_padded_below_and_right_to_multiples_of_32() -> None:
    grid = WorkingGrid.of((35, 51), (1.0, 1.0))
    assert grid.working_yx == (88, 128)
    assert grid.padded_yx == (96, 128)
    assert grid.cells == (24, 32)
    drawn = grid.working_slice(np.ones((35, 51), np.float32))
    assert drawn.shape == (96, 128)
    assert np.allclose(drawn[:88], 1)
    assert np.allclose(drawn[88:], -1)


def test_pixel_centres_map_to_pixel_centres() -> None:
    grid = WorkingGrid.of((512, 512), (1.0, 1.0))
    assert grid.to_working(np.array([[0, 0], [511, 1]])).tolist() == [[-0.25, -0.25], [255.25, 0.25]]


@pytest.mark.parametrize("shape", [(40, 30), (200, 160), (512, 300)])
def test_a_square_comes_back_to_the_stored_grid_where_it_was(shape: tuple[int, int]) -> None:
    grid = WorkingGrid.of(shape, (1.0, 1.0))
    stored = np.full(shape, -1, np.float32)
    stored[8:24, 12:28] = 1
    logits = torch.from_numpy(grid.working_slice(stored))[None]
    labels = grid.stored_labels(torch.cat([logits - 3, logits]))
    assert labels.shape == shape
    assert set(np.unique(labels)) == {0, 2}, "the first label is nowhere above background"
    assert np.count_nonzero((labels == 2) != (stored > 0)) <= 0.15 * 16 * 16


def test_intensities_are_clipped_and_a_constant_image_has_a_range() -> None:
    ramp = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)
    low, high = intensity_range(ramp)
    assert 0 <= low < 10
    assert 990 < high <= 999
    assert normalise(np.array([low, high, 1e6, -1e6]), low, high).tolist() == pytest.approx([-1, 1, 1.5, -1.5])
    low, high = intensity_range(np.full((3, 4, 4), 7, np.int16))
    assert np.isfinite(normalise(np.full((4, 4), 7), low, high)).all()


def test_a_slice_state_survives_its_bytes_exactly() -> None:
    random = np.random.default_rng(0)

    def state(distance: int) -> LabelState:
        centroids = random.normal(size=(2, 16)).astype(np.float16)
        prior = random.integers(0, 256, (8, 8)).astype(np.uint8)
        return LabelState(centroids, centroids * 2, prior, absent_for=1, distance=distance, confidence=0.25)

    anchor = state(0)
    whole = SliceState(
        labels=random.integers(0, 3, (20, 30)).astype(np.uint8),
        confidence={1: 0.5, 254: 0.125},
        up={1: state(3), 254: anchor},
        down={254: anchor},
        up_source={1: state(2)},
        anchors={254: Anchor(None, anchor), 2: Anchor(state(1), None)},
    )
    blob = whole.to_bytes()
    again = SliceState.from_bytes(blob)
    assert again.to_bytes() == blob
    assert np.array_equal(again.labels, whole.labels)
    assert again.confidence == whole.confidence
    assert np.array_equal(again.up[1].centroids, whole.up[1].centroids)
    assert again.up[1].distance == 3
    assert again.anchors[254].before is None
    assert again.anchors[2].after is None


@pytest.mark.parametrize(
    "blob", [b"", b"\x02", b"\x02\x00\x00\x00\x00", SliceState(np.zeros((2, 2), np.uint8)).to_bytes()[:-4]]
)
def test_damaged_bytes_of_a_slice_are_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        SliceState.from_bytes(blob)


def test_bytes_of_another_version_are_refused() -> None:
    blob = SliceState(np.zeros((2, 2), np.uint8)).to_bytes()
    with pytest.raises(ValueError, match="another version"):
        SliceState.from_bytes(b"\x01" + blob[1:])
