import numpy as np
import pytest

from segmentation_engine.evaluation.peers import PEERS
from segmentation_engine.evaluation.random_walker import RandomWalkerPeer
from segmentation_engine.evaluation.robot import correction_round, first_round
from segmentation_engine.prompts import Prompt
from tests.engine.evaluation.blocks import SPACING, bright_blocks


@pytest.mark.parametrize("name", sorted(PEERS))
def test_a_peer_fills_the_cores_of_bright_objects_and_leaves_the_background(name: str) -> None:
    case = bright_blocks()
    found = PEERS[name](case.image, SPACING).add(first_round(case.truth, [1, 2], SPACING))
    for label, core in ((1, found[2:4, 5:8, 5:8]), (2, found[3:6, 16:19, 15:18])):
        assert (core == label).all()
    assert (found[:, :, :2] == 0).all()
    assert (found > 0)[case.truth == 0].mean() < 0.05


@pytest.mark.parametrize("name", sorted(PEERS))
def test_a_correction_of_a_peer_is_kept_with_what_was_said_before(name: str) -> None:
    case = bright_blocks()
    peer = PEERS[name](case.image, SPACING)
    peer.add([Prompt.point(1, (3, 6, 6))])
    found = peer.add([Prompt.point(2, (4, 17, 16)), Prompt.point(1, (4, 12, 20), positive=False)])
    assert (found[3, 6, 6], found[4, 17, 16], found[4, 12, 20]) == (1, 2, 0)


@pytest.mark.parametrize("name", sorted(PEERS))
def test_every_voxel_of_a_scribble_counts_for_a_peer(name: str) -> None:
    case = bright_blocks()
    stroke = [[z, 6, 6] for z in range(1, 5)]
    found = PEERS[name](case.image, SPACING).add([Prompt.scribble(2, stroke)])
    assert (found[1:5, 6, 6] == 2).all()


def test_a_walker_on_a_coarser_grid_still_finds_the_blocks_and_keeps_what_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("segmentation_engine.evaluation.random_walker.MOST_VOXELS", 1200)
    case = bright_blocks()
    peer = RandomWalkerPeer(case.image, SPACING)
    prompts = first_round(case.truth, [1, 2], SPACING)
    found = peer.add(prompts)
    for _ in range(3):
        found = peer.add(correction_round(case.truth, found, [1, 2], SPACING))
    for label in (1, 2):
        overlap = 2 * ((found == label) & (case.truth == label)).sum()
        assert overlap / ((found == label).sum() + (case.truth == label).sum()) > 0.75
    assert [found[tuple(np.asarray(p.voxels)[0])] for p in prompts] == [1, 2]
