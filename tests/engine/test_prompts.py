"""Prompts as pixel sets, and their rasterisation, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from segmentation_engine import Prompt
from segmentation_engine.prompts import MOST_PIXELS_A_SLICE, pixels_on, splat


def test_a_splat_is_a_bell_around_the_point_read_at_the_middle_of_each_cell() -> None:
    # The point lies on the centre of cell (3, 5): working px 4 * 3 + 1.5, 4 * 5 + 1.5.
    drawn = splat(torch.tensor([[13.5, 21.5]]), 8, 10)
    assert drawn.shape == (8, 10)
    assert drawn[3, 5] == 1
    assert drawn[3, 6] == pytest.approx(math.exp(-(4**2) / (2 * 4**2)))
    assert drawn[4, 6] == pytest.approx(math.exp(-(4**2 + 4**2) / (2 * 4**2)))
    assert drawn[3, 7] == pytest.approx(math.exp(-(8**2) / (2 * 4**2)))
    assert drawn[3, 8] == 0, "cut off after two cells"
    assert drawn[6, 5] == 0


def test_splats_of_several_points_take_the_maximum_and_end_at_the_edge() -> None:
    one, other = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 2.0]])
    both = splat(torch.cat([one, other]), 4, 4)
    assert torch.equal(both, torch.maximum(splat(one, 4, 4), splat(other, 4, 4)))
    assert both.max() <= 1
    assert splat(torch.zeros(0, 2), 4, 4).abs().sum() == 0


def test_a_point_is_one_pixel_on_its_slice_and_none_on_others() -> None:
    said = [Prompt.point(2, (4, 5, 6)), Prompt.point(2, (4, 1, 1), positive=False), Prompt.point(1, (4, 9, 9))]
    here = pixels_on(said, 4, 2)
    assert here.positive.tolist() == [[5, 6]]
    assert here.negative.tolist() == [[1, 1]]
    assert pixels_on(said, 5, 2).positive.shape == (0, 2)


def test_a_box_means_its_core_and_not_what_lies_just_outside() -> None:
    box = Prompt.box(1, (2, 10, 20), (4, 18, 28))
    assert box.slices == (2, 3)
    here = pixels_on([box], 3, 1)
    assert here.positive.min(0).tolist() == [12, 22]
    assert here.positive.max(0).tolist() == [15, 25]
    rows, columns = here.negative.T
    assert set(rows[(columns >= 20) & (columns < 28)].tolist()) == {8, 19}
    assert set(columns[(rows >= 10) & (rows < 18)].tolist()) == {18, 29}


def test_a_stroke_across_slices_touches_each_of_them() -> None:
    stroke = Prompt.scribble(1, np.array([[3, 4, 5], [4, 4, 5], [4, 5, 5]]))
    assert stroke.slices == (3, 4)
    assert pixels_on([stroke], 4, 1).positive.tolist() == [[4, 5], [5, 5]]


def test_large_areas_are_thinned_evenly() -> None:
    lasso = Prompt.lasso(1, [(0, y, x) for y in range(40) for x in range(40)])
    thinned = pixels_on([lasso], 0, 1).positive
    assert len(thinned) == MOST_PIXELS_A_SLICE
    assert thinned.min(0).tolist() == [0, 0]
    assert thinned.max(0).tolist() == [39, 39]


def test_a_painted_slice_speaks_of_the_labels_on_it() -> None:
    painted = np.full((4, 4), 255, np.uint8)
    painted[0] = 0
    painted[1, :2] = 3
    prompt = Prompt.mask(7, painted)
    assert prompt.labels == (3,)
    assert prompt.slices == (7,)
    assert pixels_on([prompt], 7, 3).positive.tolist() == [[1, 0], [1, 1]]
    assert pixels_on([prompt], 6, 3).positive.shape == (0, 2)


@pytest.mark.parametrize("label", [0, -1, 255])
def test_a_label_is_1_to_254(label: int) -> None:
    with pytest.raises(ValueError, match="1 to 254"):
        Prompt.point(label, (0, 0, 0))


@pytest.mark.parametrize("corner", [(2, 10, 10), (1, 12, 12), (4, 4)])
def test_a_box_without_volume_is_refused(corner: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="each side at least one voxel"):
        Prompt.box(1, (2, 10, 10), corner)


def test_voxels_are_triples() -> None:
    with pytest.raises(ValueError, match="triples"):
        Prompt.scribble(1, [(1, 2)])


def test_an_empty_stroke_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Prompt.scribble(1, []).check((4, 4, 4))


def test_a_painted_slice_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="painted slice is"):
        Prompt.mask(0, np.zeros((3, 3), np.uint8)).check((4, 4, 4))
    with pytest.raises(ValueError, match="8 bit"):
        Prompt.mask(0, np.zeros((3, 3), np.int64))
