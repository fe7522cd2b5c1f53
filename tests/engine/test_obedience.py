import torch

from segmentation_engine.obedience import Said, obeyed

NOWHERE = torch.zeros(0, 2)
EVEN = torch.zeros(16, 16)


def at(*pixels: tuple[int, int]) -> torch.Tensor:
    return torch.tensor(pixels, dtype=torch.float32)


def test_a_label_wins_where_it_was_pointed_at_and_a_little_around() -> None:
    scores = torch.zeros(2, 16, 16)
    scores[1] = -6.0
    kept = obeyed(scores, EVEN, [Said(at((12, 12)), NOWHERE)])
    assert kept[1, 12, 12].item() == 2.0, "by the margin, no further"
    assert torch.isclose(kept[1, 12, 13], torch.tensor(-6 + 8 * torch.exp(torch.tensor(-1 / 32)).item()))
    assert kept[1, 3, 12].item() == -6.0


def test_the_grey_of_the_image_stops_what_was_said() -> None:
    image = EVEN.clone()
    image[:, 9:] = 1.0
    scores = torch.zeros(2, 16, 16)
    scores[1] = -6.0
    kept = obeyed(scores, image, [Said(at((8, 8)), NOWHERE)])
    assert kept[1, 8, 7] > 0
    assert kept[1, 8, 9] < -5.99


def test_a_refused_pixel_is_lost_and_a_rival_does_not_win_it_by_itself() -> None:
    scores = torch.zeros(3, 16, 16)
    scores[1], scores[2] = 3.0, -3.0
    kept = obeyed(scores, EVEN, [Said(NOWHERE, at((8, 8))), Said(NOWHERE, NOWHERE)])
    assert kept[:, 8, 8].tolist() == [0.0, -2.0, -3.0]
    assert torch.equal(kept[2], scores[2])


def test_of_two_labels_the_one_that_was_pointed_at_wins() -> None:
    scores = torch.zeros(3, 16, 16)
    scores[1], scores[2] = 5.0, 1.0
    kept = obeyed(scores, EVEN, [Said(NOWHERE, NOWHERE), Said(at((4, 4)), NOWHERE)])
    assert kept[:, 4, 4].argmax() == 2


def test_pointing_is_stronger_than_refusing() -> None:
    kept = obeyed(torch.zeros(2, 16, 16), EVEN, [Said(at((8, 8)), at((8, 8)))])
    assert kept[1, 8, 8] > 0


def test_scores_that_say_so_already_stay_as_they_are() -> None:
    scores = torch.zeros(2, 16, 16)
    scores[1, :, 8:], scores[1, :, :8] = 4.0, -4.0
    assert torch.equal(obeyed(scores, EVEN, [Said(at((3, 12)), at((3, 2)))]), scores)
    assert obeyed(scores, EVEN, [Said(NOWHERE, NOWHERE)]) is scores
