import numpy as np

from segmentation_engine.evaluation.cases import Case
from segmentation_engine.evaluation.geodesic import GeodesicPeer
from segmentation_engine.evaluation.interactive import peer_answers, play
from segmentation_engine.evaluation.report import markdown, write_report
from segmentation_engine.evaluation.robot import chosen_labels, correction_round, deepest, first_round
from segmentation_engine.prompts import Prompt

SPACING = (2.0, 1.0, 1.0)


def two_blocks() -> np.ndarray:
    truth = np.zeros((8, 24, 24), np.uint8)
    truth[1:5, 3:10, 3:10] = 1
    truth[3, 2:11, 2:11] = 1
    truth[2:7, 14:21, 13:20] = 2
    return truth


def at(prompt: Prompt) -> tuple[int, ...]:
    return tuple(int(v) for v in prompt.voxels[0])


def test_the_first_point_is_the_deepest_of_the_largest_slice() -> None:
    prompts = first_round(two_blocks(), [1, 2], SPACING)
    assert at(prompts[0]) == (3, 6, 6)
    assert at(prompts[1]) == (2, 17, 16)
    assert all(prompt.positive for prompt in prompts)


def test_an_object_at_the_rim_of_the_volume_is_not_deepest_at_the_rim() -> None:
    mask = np.zeros((9, 9), bool)
    mask[:, :5] = True
    assert deepest(mask, (1.0, 1.0))[1] == 2


def test_a_missed_part_gets_a_positive_point_inside_it() -> None:
    truth = two_blocks()
    found = np.where(truth == 1, 0, truth).astype(np.uint8)
    (prompt,) = correction_round(truth, found, [1, 2], SPACING)
    assert prompt.labels == (1,)
    assert prompt.positive
    assert truth[at(prompt)] == 1


def test_too_much_gets_the_label_that_belongs_there_or_a_negative_point_on_background() -> None:
    truth = two_blocks()
    swallowed = np.where(truth == 2, 1, truth).astype(np.uint8)
    (prompt,) = correction_round(truth, swallowed, [1], SPACING)
    assert (prompt.labels, prompt.positive) == ((2,), True)
    leaked = truth.copy()
    leaked[7, 10:20, 2:8] = 1
    (prompt,) = correction_round(truth, leaked, [1], SPACING)
    assert (prompt.labels, prompt.positive) == ((1,), False)
    assert truth[at(prompt)] == 0


def test_what_is_right_gets_no_point() -> None:
    assert correction_round(two_blocks(), two_blocks(), [1, 2], SPACING) == []


def test_at_most_four_labels_of_two_hundred_voxels_are_played_and_always_the_same() -> None:
    truth = np.zeros((8, 10, 100), np.uint8)
    for label in range(1, 8):
        truth[:, :5, 10 * label : 10 * label + 5] = label
    truth[0, 9, :50] = 9
    chosen = chosen_labels(truth, seed=3)
    assert len(chosen) == 4
    assert 9 not in chosen
    assert chosen == chosen_labels(truth, seed=3)


def bright_blocks() -> Case:
    truth = two_blocks()
    return Case("made", "blocks", (truth > 0) * 100.0, truth, SPACING)


def test_the_peer_fills_the_cores_of_bright_objects_and_leaves_the_background() -> None:
    case = bright_blocks()
    found = GeodesicPeer(case.image, SPACING).add(first_round(case.truth, [1, 2], SPACING))
    for label, core in ((1, found[2:4, 5:8, 5:8]), (2, found[3:6, 16:19, 15:18])):
        assert (core == label).all()
    assert (found[:, :, :2] == 0).all()
    assert (found > 0)[case.truth == 0].mean() < 0.05


def test_playing_gives_a_score_for_each_label_and_reported_round_and_a_report(tmp_path) -> None:  # type: ignore[no-untyped-def]
    scores, _ = play(bright_blocks(), "peer", peer_answers, rounds=3)
    assert [(s.label, s.round) for s in scores] == [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)]
    write_report(scores, "f" * 64, tmp_path)
    assert (tmp_path / "evaluation.png").stat().st_size > 1000
    assert "| peer | made | 1 | 3 |" in markdown(scores, "f" * 64)
