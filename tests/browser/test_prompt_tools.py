"""Scribble, box and lasso drawn with the mouse in Chromium, and what the server and the engine make of them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.workspace_driver import LEFT_VENTRICLE, Person, Voxel
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser

LEFT = 1
Z, Y, X = LEFT_VENTRICLE
ABOVE, BELOW = (Z, Y - 8, X), (Z, Y + 8, X)
CORNERS: list[Voxel] = [(Z, Y - 14, X - 8), (Z, Y + 14, X + 8)]
OUTLINE: list[Voxel] = [(Z, Y - 9, X - 3), (Z, Y - 9, X + 3), (Z, Y + 9, X + 3), (Z, Y + 9, X - 3), (Z, Y - 9, X - 3)]


@pytest.fixture
def annotator(demo: Person) -> Iterator[Person]:
    """On the slice of the left ventricle, its label chosen; afterwards nothing is left of what was drawn."""
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.look_at_slice(Z)
    demo.page.keyboard.press(str(LEFT))
    yield demo
    while demo.prompts():
        left = len(demo.prompts()) - 1
        demo.page.keyboard.press("z")
        demo.wait_for_prompts(left)
    demo.wait_until_done()


def within(voxel: list[int], low: Voxel, high: Voxel) -> bool:
    return all(bottom <= place <= top for bottom, place, top in zip(low, voxel, high, strict=True))


def test_a_scribble_is_every_voxel_under_the_pointer_and_segments_its_structure(annotator: Person) -> None:
    annotator.draw("s", [ABOVE, BELOW])
    (prompt,) = annotator.wait_for_prompts(1)
    assert (prompt["kind"], prompt["positive"], prompt["label"]) == ("scribble", True, LEFT)
    assert prompt["voxels"] == [[Z, y, X] for y in range(Y - 8, Y + 9)]
    annotator.wait_until_done()
    assert annotator.voxel(LEFT_VENTRICLE) == LEFT
    assert len(annotator.slices_with(LEFT)) > 1
    assert annotator.problems == []


def test_the_right_button_draws_where_the_label_is_not(annotator: Person) -> None:
    annotator.click_on(LEFT_VENTRICLE, LEFT)
    annotator.wait_until_done()
    side = [(Z, y, X - 1) for y in (Y - 4, Y + 4)]
    annotator.draw("s", side, button="right")
    *_, prompt = annotator.wait_for_prompts(2)
    assert (prompt["kind"], prompt["positive"]) == ("scribble", False)
    annotator.wait_until_done()
    refused = [annotator.voxel((Z, y, X - 1)) for y in range(Y - 4, Y + 5)]
    assert refused.count(LEFT) < len(refused) // 2, f"the model kept what was taken away: {refused}"


def test_a_box_holds_the_structure_that_it_is_drawn_around(annotator: Person) -> None:
    annotator.draw("b", CORNERS)
    (prompt,) = annotator.wait_for_prompts(1)
    assert prompt["kind"] == "box"
    assert prompt["voxels"] == [list(corner) for corner in CORNERS]
    annotator.wait_until_done()
    assert len(annotator.slices_with(LEFT)) > 0


def test_a_box_cannot_take_away_and_says_so(annotator: Person) -> None:
    annotator.draw("b", CORNERS, button="right")
    annotator.page.get_by_text("A box can only add").wait_for()
    assert annotator.prompts() == []


def test_a_lasso_is_its_outline(annotator: Person) -> None:
    annotator.draw("l", OUTLINE)
    (prompt,) = annotator.wait_for_prompts(1)
    assert prompt["kind"] == "lasso"
    assert all(within(voxel, OUTLINE[0], OUTLINE[2]) for voxel in prompt["voxels"])
    annotator.wait_until_done()
    assert annotator.voxel(LEFT_VENTRICLE) == LEFT


def test_a_stroke_in_a_coronal_plane_lies_in_that_plane(annotator: Person) -> None:
    annotator.page.keyboard.press("p")
    annotator.click_on(LEFT_VENTRICLE, LEFT)  # the crosshair, and with it all planes, go there
    annotator.draw("s", [(Z - 3, Y, X), (Z + 3, Y, X)], plane="coronal")
    *_, prompt = annotator.wait_for_prompts(2)
    assert sorted(prompt["voxels"]) == [[z, Y, X] for z in range(Z - 3, Z + 4)]
    annotator.wait_until_done()
    assert annotator.voxel((Z + 3, Y, X)) == LEFT


def test_escape_forgets_the_stroke_under_way(annotator: Person) -> None:
    annotator.press_and_drag("s", [ABOVE, BELOW])
    annotator.page.keyboard.press("Escape")
    annotator.page.mouse.up()
    annotator.click_on(LEFT_VENTRICLE, LEFT)
    (prompt,) = annotator.wait_for_prompts(1)
    assert prompt["kind"] == "point", "a click stays a point with every tool"


def test_a_chosen_prompt_is_taken_back_by_key_and_comes_back_by_redo(annotator: Person) -> None:
    for voxel in (LEFT_VENTRICLE, (Z + 2, Y, X)):
        annotator.click_on(voxel, LEFT)
        annotator.wait_until_done()
    first, second = annotator.wait_for_prompts(2)
    both = annotator.label_counts()
    annotator.page.get_by_role("button", name=f"slice {Z + 1}", exact=False).first.click()
    expect(annotator.page.get_by_role("button", name="Take this prompt back")).to_be_visible()
    annotator.page.keyboard.press("Delete")
    assert annotator.wait_for_prompts(1) == [second]
    annotator.wait_until_done()
    annotator.page.keyboard.press("y")
    assert annotator.wait_for_prompts(2) == [first, second]
    annotator.wait_until_done()
    assert annotator.label_counts() == both
    assert annotator.problems == []
