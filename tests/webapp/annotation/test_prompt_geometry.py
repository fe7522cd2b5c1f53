import numpy as np
import pytest

from webapp.annotation.prompt_geometry import box_corners, enclosed, fault_of, plane_of


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_square_outline_is_filled_in_each_plane(axis: int) -> None:
    square = [np.insert(corner, axis, 7).tolist() for corner in ([1, 2], [1, 4], [3, 4], [3, 2])]
    wanted = {tuple(np.insert([row, column], axis, 7).tolist()) for row in (1, 2, 3) for column in (2, 3, 4)}
    assert {tuple(voxel) for voxel in enclosed(square).tolist()} == wanted


def test_a_triangle_holds_the_voxels_on_and_under_its_diagonal() -> None:
    triangle = enclosed([(0, 0, 0), (0, 3, 0), (0, 3, 3)]).tolist()
    assert {tuple(voxel) for voxel in triangle} == {(0, row, column) for row in range(4) for column in range(row + 1)}


def test_a_notch_of_the_outline_is_left_out() -> None:
    outline = [(0, 0, 0), (0, 4, 0), (0, 4, 6), (0, 0, 6), (0, 0, 4), (0, 2, 4), (0, 2, 2), (0, 0, 2)]
    filled = {tuple(voxel) for voxel in enclosed(outline).tolist()}
    assert (0, 1, 3) not in filled
    assert {(0, 1, 1), (0, 1, 5), (0, 3, 3)} <= filled


def test_both_corners_of_a_box_are_inside_whatever_their_order() -> None:
    assert box_corners([(5, 1, 9), (2, 4, 9)]) == ([2, 1, 9], [6, 5, 10])


def test_the_plane_of_an_outline_is_the_axis_along_which_it_does_not_change() -> None:
    assert plane_of([(0, 5, 1), (1, 5, 3), (2, 5, 0)]) == 1
    assert plane_of([(0, 0, 0), (1, 1, 1), (2, 2, 0)]) is None


@pytest.mark.parametrize(
    ("kind", "voxels", "positive", "says"),
    [
        ("point", [(0, 0, 0), (0, 0, 1)], True, "one voxel"),
        ("box", [(0, 0, 0)], True, "two opposite corners"),
        ("box", [(0, 0, 0), (1, 1, 1)], False, "only say where a label is"),
        ("lasso", [(0, 0, 0), (0, 1, 1)], True, "three corners"),
        ("lasso", [(0, 0, 0), (1, 1, 1), (2, 2, 0)], True, "one plane"),
    ],
)
def test_a_prompt_that_means_nothing_is_refused_with_a_sentence(
    kind: str, voxels: list[tuple[int, int, int]], positive: bool, says: str
) -> None:
    assert says in (fault_of(kind, voxels, positive) or "")


def test_prompts_that_mean_something_are_not_refused() -> None:
    assert fault_of("scribble", [(0, 0, 0)], False) is None
    assert fault_of("lasso", [(4, 0, 0), (4, 0, 5), (4, 5, 5)], False) is None
    assert fault_of("box", [(4, 0, 0), (4, 6, 5)], True) is None
