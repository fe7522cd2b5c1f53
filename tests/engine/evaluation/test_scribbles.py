import numpy as np

from segmentation_engine.evaluation.scribbles import scribble_round


def scribbled() -> np.ndarray:
    """Label value 5 on slices 1, 2 and 3, label value 7 on slice 2 alone; 0 is background, 4 nothing."""
    volume = np.full((5, 4, 6), 4, np.uint8)
    volume[1:4, 1, 2:4] = 5
    volume[2, 3, 0] = 7
    volume[0:3, 0, 0] = 0
    return volume


def test_every_slice_gets_its_strokes_and_the_background_beside_them() -> None:
    prompts = scribble_round(scribbled(), [5, 7], middle_only=False)
    said = [(prompt.label, prompt.positive, prompt.slices, len(prompt.voxels)) for prompt in prompts]
    assert said == [
        (1, True, (1,), 2), (1, False, (1,), 1), (1, True, (2,), 2), (1, False, (2,), 1), (1, True, (3,), 2),
        (2, True, (2,), 1), (2, False, (2,), 1),
    ]  # fmt: skip
    assert {prompt.kind for prompt in prompts} == {"scribble"}
    assert prompts[0].voxels.tolist() == [[1, 1, 2], [1, 1, 3]]


def test_the_middle_slice_of_each_label_is_enough_for_the_other_kind() -> None:
    prompts = scribble_round(scribbled(), [5, 7], middle_only=True)
    assert [(prompt.label, prompt.positive, prompt.slices) for prompt in prompts] == [
        (1, True, (2,)), (1, False, (2,)), (2, True, (2,)), (2, False, (2,)),
    ]  # fmt: skip


def test_a_label_that_nobody_scribbled_gets_no_prompt() -> None:
    assert scribble_round(scribbled(), [6], middle_only=False) == []
