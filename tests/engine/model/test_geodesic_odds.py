import torch

from segmentation_engine.model import Carried, Guidance, S2VNetConfig
from segmentation_engine.model.assembly import GeodesicOdds
from segmentation_engine.model.place import place_maps

CELLS = 16


def pointed_at(row: int, column: int) -> Guidance:
    positive = torch.zeros(1, 1, CELLS, CELLS)
    positive[0, 0, row, column] = 1.0
    yes = torch.ones(1, 1, dtype=torch.bool)
    return Guidance(yes, torch.full((1, 1), -1), positive, torch.zeros_like(positive), yes)


def nothing_known() -> Carried:
    none = torch.zeros(1, 1)
    memory = torch.zeros(1, 1, 2, 8)
    return Carried(memory, memory, torch.zeros(1, 1, CELLS, CELLS), none.bool(), none, none, none)


def test_a_lone_point_is_nearer_to_all_of_its_region_and_the_frame_to_the_rest() -> None:
    image = torch.full((1, 1, 4 * CELLS, 4 * CELLS), -1.0)
    image[..., 12:52, 12:52] = 1.0  # cells 3 to 12 of both axes
    nearer = place_maps(pointed_at(7, 7), nothing_known(), image).nearer[0, 0]
    region = torch.zeros(CELLS, CELLS, dtype=torch.bool)
    region[3:13, 3:13] = True
    assert torch.equal(nearer > 0, region), "however large the region is, and not one cell more"


def test_where_nothing_was_said_and_nothing_is_known_there_is_no_evidence() -> None:
    silent = pointed_at(7, 7)
    silent.positive.zero_()
    image = torch.randn(1, 1, 4 * CELLS, 4 * CELLS)
    assert not place_maps(silent, nothing_known(), image).nearer.any()


def test_the_image_counts_most_without_a_neighbour_least_with_one_and_more_where_a_prompt_contradicts_it() -> None:
    odds = GeodesicOdds(S2VNetConfig(geodesic_odds=(6.0, 0.5, 2.0)))
    nearer = torch.tensor([1.0, -0.5, -0.5, 1.0]).reshape(1, 4, 1, 1)
    known = torch.tensor([[False, True, True, False]])
    contradicted = torch.tensor([[False, False, True, True]])
    assert odds(nearer, known, contradicted).flatten().tolist() == [6.0, -0.25, -1.0, 6.0]
