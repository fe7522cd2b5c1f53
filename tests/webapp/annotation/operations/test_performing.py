"""Each operation on volumes small enough to be worked out by hand, on voxels that are no cubes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import ValidationError

from tests.webapp.annotation.operations.drawn import drawing, volume
from webapp.annotation.operations import parameters, regions
from webapp.annotation.operations.performing import Scene, perform

# Slices 3 mm apart, rows 2 mm, columns 1 mm.
SPACING_MM = (3.0, 2.0, 1.0)


def done(
    labels: npt.NDArray[np.uint8], name: str, image: Any = None, said: Any = None, axis: int = 0, **asked: Any
) -> list[str]:
    """The slices, drawn, after an operation on label 1 (unless told)."""
    operation = parameters.parsed({"name": name, "label": 1, **asked})
    before = labels.copy()
    values = np.zeros(labels.shape, np.float32) if image is None else image
    after = perform(operation, Scene(labels, values, SPACING_MM, axis, said or {}))
    assert (labels == before).all(), "what came in is left as it was"
    return [drawing(plane) for plane in after]


ISLANDS = volume("11..1 11..1 ....2", "11... ....1 1...2", "..... ..... 1....")
# Islands of label 1: 6 voxels at the top left; 2 and 1 at the right, joined by an edge only; 2 at the bottom left.


def test_of_the_islands_the_largest_stays() -> None:
    assert done(ISLANDS, "keep_largest") == ["11... 11... ....2", "11... ..... ....2", "..... ..... ....."]


def test_islands_below_a_volume_go_and_one_of_just_that_volume_stays() -> None:
    # A voxel has 6 mm³: three voxels (joined through slices by a face) have 18.
    after = done(ISLANDS, "remove_small", smaller_than_mm3=18.0)
    assert after == ["11..1 11..1 ....2", "11... ....1 ....2", "..... ..... ....."]
    after = done(ISLANDS, "remove_small", smaller_than_mm3=18.1)
    assert after == ["11... 11... ....2", "11... ..... ....2", "..... ..... ....."]


def test_islands_become_labels_by_size_and_what_is_left_keeps_its_own() -> None:
    after = done(ISLANDS, "split_islands", others=[3])
    assert after == ["11..3 11..3 ....2", "11... ....3 1...2", "..... ..... 1...."]


def test_the_clicked_island_stays_alone() -> None:
    after = done(ISLANDS, "keep_clicked", voxel=[2, 2, 0])
    assert after == ["..... ..... ....2", "..... ..... 1...2", "..... ..... 1...."]


def test_a_click_beside_the_label_changes_nothing() -> None:
    assert done(ISLANDS, "keep_clicked", voxel=[2, 0, 0]) == [drawing(plane) for plane in ISLANDS]


def test_a_clicked_voxel_is_on_the_storage_axes_whatever_axis_comes_first() -> None:
    # The first axis of the array is the last of the storage axes: (z, y, x) is looked for at (x, z, y).
    after = done(ISLANDS, "keep_clicked", axis=2, voxel=[2, 0, 2])
    assert after == ["..... ..... ....2", "..... ..... 1...2", "..... ..... 1...."]


def test_only_the_slices_asked_for_are_seen_and_changed() -> None:
    after = done(ISLANDS, "keep_largest", slices=[1, 2])
    # Within slices 1 and 2 both islands have 2 voxels, the first of them stays.
    assert after == ["11..1 11..1 ....2", "11... ..... ....2", "..... ..... ....."]
    assert done(ISLANDS, "keep_largest", slices=[3, 9]) == [drawing(plane) for plane in ISLANDS]


def test_slices_between_are_filled_by_the_mean_of_the_distances_to_the_border() -> None:
    # A bar of 2 voxels and one of 6 around the same middle: between them 4.
    two, six, empty = "......... ...11.... .........", "......... .111111.. .........", "......... ......... ........."
    after = done(volume(two, empty, six), "fill_between")
    assert after[1] == "......... ..1111... ........."
    assert [after[0], after[2]] == [two, six]


def test_what_moves_from_slice_to_slice_is_filled_along_its_way() -> None:
    left, right, empty = "11....... 11.......", ".......11 .......11", "......... ........."
    after = done(volume(left, empty, empty, empty, empty, empty, empty, right), "fill_between")
    assert [plane.index("1") for plane in after] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert {plane.count("1") for plane in after} == {4}


def test_what_overlaps_well_is_filled_between_what_both_and_what_either_slice_has() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        low, high = np.zeros((2, 30, 30), np.uint8)
        (top, left), (down, right) = rng.integers(2, 10, 2), rng.integers(2, 5, 2)
        low[top : top + 15, left : left + 12] = 1
        high[top + down : top + 17, left + right : left + 15] = 1
        labels = np.stack([low, *[np.zeros_like(low)] * 3, high])
        operation = parameters.parsed({"name": "fill_between", "label": 1})
        filled = perform(operation, Scene(labels, labels, SPACING_MM))
        assert all(((low & high) <= plane).all() and (plane <= (low | high)).all() for plane in filled[1:4])


def test_filling_between_keeps_to_the_background_unless_told_otherwise() -> None:
    labels = volume("111 111", "2.. ..3", "111 111")
    assert done(labels, "fill_between")[1] == "211 113"
    assert done(labels, "fill_between", over="any")[1] == "111 111"
    assert done(labels, "fill_between", over="any", locked=[3])[1] == "111 113"


def test_filling_between_prompted_slices_replaces_what_the_model_put_there() -> None:
    labels = volume("..... .111.", "11111 11111", "..... .111.")
    assert done(labels, "fill_between", keys="prompted", said={1: (0, 2)})[1] == "..... .111."
    assert done(labels, "fill_between", said={1: (0, 2)})[1] == "11111 11111"


def test_nothing_is_filled_beyond_the_first_and_the_last_slice() -> None:
    after = done(volume("...", "111", "...", "111", "..."), "fill_between")
    assert after == ["...", "111", "111", "111", "..."]


RING = volume("....... .11111. .11111. .......", "....... .11111. .1...1. .11.11.", "....... .11111. .11111. .......")


def test_a_hole_in_space_is_filled_and_one_that_is_open_is_not() -> None:
    closed = volume("..... .111. .....", ".111. .1.1. .111.", "..... .111. .....")
    assert done(closed, "fill_holes") == ["..... .111. .....", ".111. .111. .111.", "..... .111. ....."]
    assert done(RING, "fill_holes") == [drawing(plane) for plane in RING]


def test_holes_of_slices_are_filled_on_their_own() -> None:
    tube = volume(".111. .1.1. .111.", ".111. .1.1. .111.")
    assert done(tube, "fill_holes") == [".111. .1.1. .111."] * 2
    assert done(tube, "fill_holes", flat=True) == [".111. .111. .111."] * 2


def test_another_label_in_a_hole_stays_unless_told_otherwise() -> None:
    eye = volume("1111 12.1 1111")
    assert done(eye, "fill_holes", flat=True) == ["1111 1211 1111"]
    assert done(eye, "fill_holes", flat=True, over="any") == ["1111 1111 1111"]


def test_a_median_takes_single_voxels_away_and_closes_single_gaps() -> None:
    # Reaching 1 mm: one column to each side, but no row and no slice.
    after = done(volume("1......111.111", "............1."), "smooth", method="median", mm=1.0)
    assert after == ["1......1111111", ".............."]


def test_a_median_reaches_as_far_in_mm_along_each_axis() -> None:
    # 2 mm are two columns and one row: of 15 voxels the majority counts.
    block = volume("....... ..111.. ..111.. ..111.. .......")
    after = done(block, "smooth", method="median", mm=2.0)
    # In the middle row 9 of 15 are set at all three columns, and 6 of 15 at the rows above and below.
    assert after == ["....... ....... ..111.. ....... ......."]


def test_a_gaussian_leaves_a_straight_border_and_rounds_a_corner() -> None:
    half = volume(*["1111.... " * 4] * 3)
    assert done(half, "smooth", method="gaussian", mm=1.5) == [drawing(plane) for plane in half]
    corner = volume("....... ....... ....... ....111 ....111 ....111")
    assert done(corner, "smooth", method="gaussian", mm=2.0)[0].split()[3] == ".....11"


def test_smoothing_together_leaves_no_gap_where_labels_touch() -> None:
    # A tooth of 2 in 1: each alone would lose it and leave a hole, together the winner takes it.
    labels = volume(*["111222 111222 111122 111222 111222"] * 3)
    after = done(labels, "smooth_together", others=[2], mm=3.0)
    assert all("." not in plane for plane in after)
    assert after[1] == "111222 111222 111222 111222 111222"


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "smooth", "method": "median", "mm": 7.0},
        {"name": "smooth", "method": "gaussian", "mm": 5.0},
        {"name": "smooth_together", "others": [2], "mm": 5.0},
        {"name": "margin", "mm": 4.0},
        {"name": "margin", "mm": -3.5},
        {"name": "hollow", "mm": 3.0},
    ],
)
def test_slab_by_slab_is_the_same_as_all_at_once(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.random.default_rng(5).integers(0, 3, (23, 12, 14)).astype(np.uint8)
    labels[6:15, 3:9, 2:12] = 1
    operation = parameters.parsed({"label": 1, **asked})
    together = perform(operation, Scene(labels, labels, SPACING_MM))
    monkeypatch.setattr(regions, "SLAB_SLICES", 4)
    assert (perform(operation, Scene(labels, labels, SPACING_MM)) == together).all()
    assert (together != labels).any()


def test_growing_respects_anisotropic_voxels() -> None:
    middle = volume("..... ..... .....", "..... ..1.. .....", "..... ..... .....")
    # 2 mm: two columns, one row, no slice.
    assert done(middle, "margin", mm=2.0) == ["..... ..... .....", "..1.. 11111 ..1..", "..... ..... ....."]
    # 3 mm: the neighbouring slices' middle; (1 row, 2 columns) are 2.83 mm away.
    assert done(middle, "margin", mm=3.0) == ["..... ..1.. .....", "11111 11111 11111", "..... ..1.. ....."]


def test_shrinking_respects_anisotropic_voxels_and_does_not_eat_at_the_volume_border() -> None:
    bar = volume("1111111 1111111 1111111 .......")
    # Background is below only: 2 mm are one row.
    assert done(bar, "margin", mm=-2.0) == ["1111111 1111111 ....... ......."]
    line = volume("..11111..")
    assert done(line, "margin", mm=-1.0) == ["...111..."]
    assert done(line, "margin", mm=-3.0) == ["........."]


def test_growing_goes_over_other_labels_only_where_that_is_asked_for() -> None:
    row = volume("..2.1.3..")
    assert done(row, "margin", mm=2.0) == ["..21113.."]
    assert done(row, "margin", mm=2.0, over="any") == ["..11111.."]
    assert done(row, "margin", mm=2.0, over="any", locked=[2]) == ["..21111.."]


def test_hollow_leaves_a_wall_inside_of_the_surface() -> None:
    block = volume("......... .1111111. .1111111. .1111111. .........")
    assert done(block, "hollow", mm=1.0) == ["......... .1.....1. .1.....1. .1.....1. ........."]
    # 2 mm are the first row too, and two columns.
    assert done(block, "hollow", mm=2.0) == ["......... .1111111. .11...11. .1111111. ........."]


def test_labels_are_combined_voxel_by_voxel() -> None:
    row = volume("111..222.3")
    assert done(row, "combine", how="add", others=[2]) == ["111..111.3"]
    assert done(row, "combine", how="copy", others=[2, 3]) == [".....111.1"]
    assert done(row, "combine", how="subtract", others=[2]) == ["111..222.3"]
    assert done(row, "combine", how="intersect", others=[2]) == [".....222.3"]


def test_what_is_near_to_another_label_is_taken_away_or_left_alone() -> None:
    row = volume("1111.22...")
    # Columns are 1 mm: within 2 mm of label 2 lies the label's last voxel, within 3 mm the last two.
    assert done(row, "combine", how="subtract", others=[2], mm=3.0) == ["11...22..."]
    assert done(row, "combine", how="intersect", others=[2], mm=3.0) == ["..11.22..."]
    assert done(row, "combine", how="add", others=[2], mm=1.0) == ["11111111.."]


def test_real_values_within_a_label_or_everywhere() -> None:
    labels = volume("1111.2..")
    image = np.array([[[-5.5, 0, 10.25, 11, 5, 5, 5, 99]]], np.float32)
    assert done(labels, "threshold", image, low=0, high=10.25) == [".11..2.."]
    assert done(labels, "threshold", image, low=0, high=10.25, everywhere=True) == ["1111121."]
    assert done(labels, "threshold", image, low=0, high=10.25, everywhere=True, over="any") == ["1111111."]


@pytest.mark.parametrize("name", ["keep_largest", "fill_between", "fill_holes"])
def test_a_label_that_is_nowhere_stays_nowhere(name: str) -> None:
    labels = volume("222 2.2 222")
    assert done(labels, name) == ["222 2.2 222"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "margin", "label": 1, "mm": "3"},
        {"name": "margin", "label": 0, "mm": 3},
        {"name": "margin", "label": 1, "mm": 3, "unit": "mm"},
        {"name": "remove_small", "label": 1, "smaller_than_mm3": 0},
        {"name": "threshold", "label": 1, "low": 3, "high": 2},
        {"name": "threshold", "label": 1, "low": float("nan"), "high": 2},
        {"name": "combine", "label": 1, "how": "add", "others": [1]},
        {"name": "split_islands", "label": 1, "others": []},
        {"name": "keep_largest", "label": 1, "slices": [4, 3]},
        {"name": "melt", "label": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parameters.parsed(wrong)
