"""An edit of the log in the engine's words: the propagation axis first."""

import pytest

from webapp.annotation.models import Edit, EditKind
from webapp.annotation.propagation import _prompts


def said(kind: EditKind, *voxels: tuple[int, int, int], positive: bool = True) -> Edit:
    return Edit(kind=kind, label=9, payload={"positive": positive, "voxels": [list(voxel) for voxel in voxels]})


@pytest.mark.parametrize(("axis", "wanted"), [(0, [1, 2, 3]), (1, [2, 1, 3]), (2, [3, 1, 2])])
def test_a_point_has_the_propagation_axis_first(axis: int, wanted: list[int]) -> None:
    (prompt,) = _prompts(said(EditKind.POINT, (1, 2, 3), positive=False), axis, labels=[5, 9])
    assert prompt.voxels.tolist() == [wanted]
    assert (prompt.kind, prompt.label, prompt.positive) == ("point", 2, False)


def test_a_flat_box_of_a_coronal_plane_spans_slices_of_an_axial_propagation() -> None:
    (prompt,) = _prompts(said(EditKind.BOX, (6, 4, 9), (3, 4, 2)), 0, labels=[9])
    assert prompt.slices == (3, 4, 5, 6)
    assert set(prompt.voxels[:, 1].tolist()) == {4}
    assert prompt.voxels[:, 2].min() >= 2 + 2
    assert prompt.voxels[:, 2].max() < 10 - 2


def test_a_stroke_keeps_its_voxels() -> None:
    (prompt,) = _prompts(said(EditKind.SCRIBBLE, (6, 4, 9), (7, 4, 9), positive=False), 2, labels=[9])
    assert prompt.voxels.tolist() == [[9, 6, 4], [9, 7, 4]]
    assert (prompt.kind, prompt.positive) == ("scribble", False)


def test_a_lasso_means_what_it_encloses() -> None:
    (prompt,) = _prompts(said(EditKind.LASSO, (5, 0, 0), (5, 0, 4), (5, 4, 4), (5, 4, 0)), 0, labels=[9])
    assert prompt.slices == (5,)
    assert len(prompt.voxels) == 25
