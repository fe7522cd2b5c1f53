"""Painting by hand in Chromium on the real server: which voxels are what, here and in a reloaded page."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.workspace_driver import LEFT_VENTRICLE, Person, Voxel
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser

LEFT, RIGHT = 1, 2
MIDDLE_X = 98  # where the crosshair is when a case is opened
Z, Y, X = LEFT_VENTRICLE
START: Voxel = (Z, Y - 8, X - 40)
END: Voxel = (Z, Y + 8, X - 40)


@pytest.fixture
def annotator(demo: Person) -> Iterator[Person]:
    """On a slice of the demo, its first label chosen; afterwards nothing is left of what was painted."""
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.look_at_slice(Z)
    demo.page.keyboard.press(str(LEFT))
    yield demo
    while demo.prompts():
        left = len(demo.prompts()) - 1
        demo.page.keyboard.press("z")
        demo.wait_for_prompts(left)
    demo.wait_until_done()


def plane(person: Person, z: int, around: Voxel = START, reach: int = 24) -> np.ndarray:
    """The labels around a voxel on an axial slice, as the page shows them."""
    _, y, x = around
    rows = person.page.evaluate(
        "([z, y, x, reach]) => Array.from({length: 2 * reach}, (_, row) => Array.from({length: 2 * reach},"
        "(_, col) => window.s2v.voxel(z, y - reach + row, x - reach + col)))",
        [z, y, x, reach],
    )
    return np.array(rows)


def test_a_brush_paints_at_once_what_the_server_then_keeps_and_nothing_else(annotator: Person) -> None:
    annotator.press_and_drag("d", [START, END])
    meanwhile = plane(annotator, Z)
    assert (meanwhile == LEFT).sum() > 100, "the stroke is not shown before the button is released"
    annotator.page.mouse.up()
    (prompt,) = annotator.wait_for_prompts(1)
    assert (prompt["kind"], prompt["label"]) == ("mask", LEFT)
    annotator.wait_until_done()
    assert annotator.slices_with(LEFT) == [Z]
    np.testing.assert_array_equal(plane(annotator, Z), meanwhile)
    count = annotator.label_counts()[LEFT]
    annotator.page.reload()
    annotator.wait_for_workspace()
    assert annotator.label_counts() == {LEFT: count}
    np.testing.assert_array_equal(plane(annotator, Z), meanwhile)
    assert annotator.problems == []


def test_the_right_button_and_the_eraser_take_away_and_undo_brings_back(annotator: Person) -> None:
    annotator.draw("d", [START, END])
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    whole = annotator.label_counts()[LEFT]
    annotator.draw("d", [START, START], button="right")
    annotator.wait_for_prompts(2)
    annotator.wait_until_done()
    assert annotator.voxel(START) == 0
    assert annotator.voxel(END) == LEFT
    annotator.draw("x", [END, END])
    annotator.wait_for_prompts(3)
    annotator.wait_until_done()
    assert annotator.voxel(END) == 0
    for left in (2, 1):
        annotator.page.keyboard.press("z")
        annotator.wait_for_prompts(left)
    annotator.wait_until_done()
    assert annotator.label_counts()[LEFT] == whole


def test_painting_over_background_only_leaves_another_label(annotator: Person) -> None:
    annotator.draw("d", [START, START])
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    first = annotator.label_counts()[LEFT]
    annotator.page.keyboard.press(str(RIGHT))
    annotator.page.get_by_label("Over").select_option("background")
    annotator.draw("d", [START, END])
    annotator.wait_for_prompts(2)
    annotator.wait_until_done()
    assert annotator.label_counts()[LEFT] == first
    assert annotator.voxel(END) == RIGHT


def test_shift_and_the_wheel_change_the_size_and_a_ball_paints_neighbouring_slices(annotator: Person) -> None:
    annotator.page.keyboard.press("d")
    size = annotator.page.get_by_label("Diameter of the brush")
    before = float(size.inner_text().split()[0])
    annotator.page.mouse.move(*annotator.point(START, "axial"))
    annotator.page.keyboard.down("Shift")
    annotator.page.mouse.wheel(0, -100)
    annotator.page.keyboard.up("Shift")
    assert float(size.inner_text().split()[0]) == pytest.approx(before * 1.2, abs=0.2)
    annotator.page.keyboard.press("Shift+k")
    annotator.draw("d", [START, START])
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    slices = annotator.slices_with(LEFT)
    assert len(slices) > 3
    assert slices == list(range(2 * Z - slices[-1], slices[-1] + 1)), "the ball is not round about its slice"
    annotator.page.keyboard.press("Shift+k")


def test_a_stroke_in_the_sagittal_plane_changes_one_column_of_each_slice_it_crosses(annotator: Person) -> None:
    x = MIDDLE_X
    annotator.draw("d", [(Z - 6, Y, x), (Z + 6, Y, x)], plane="sagittal")
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    slices = annotator.slices_with(LEFT)
    assert set(slices) >= set(range(Z - 6, Z + 7))
    beside = [annotator.voxel((Z, Y, column)) for column in (x - 1, x, x + 1)]
    assert beside == [0, LEFT, 0]


def test_what_was_painted_is_carried_on_by_a_key_and_stays_as_painted(annotator: Person) -> None:
    ventricle = [(Z, Y - 8, X), (Z, Y + 8, X)]
    annotator.draw("d", ventricle)
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    painted = plane(annotator, Z, LEFT_VENTRICLE)
    annotator.page.keyboard.press("a")
    *_, carried = annotator.wait_for_prompts(2)
    assert carried["kind"] == "carry"
    annotator.wait_until_done()
    assert len(annotator.slices_with(LEFT)) > 3
    np.testing.assert_array_equal(plane(annotator, Z, LEFT_VENTRICLE), painted)


def test_a_stroke_made_without_a_connection_is_kept_and_arrives_after_a_reload(annotator: Person) -> None:
    annotator.context.set_offline(True)
    annotator.draw("d", [START, END])
    annotator.page.wait_for_timeout(300)
    assert annotator.voxel(START) == LEFT
    annotator.context.set_offline(False)
    annotator.page.reload()
    annotator.wait_for_workspace()
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    assert annotator.voxel(START) == LEFT
    assert annotator.voxel(END) == LEFT


def test_a_colleague_sees_the_stroke(annotator: Person, colleague: Person) -> None:
    colleague.open_case(PROJECT_NAME, CASE_NAME)
    annotator.draw("d", [START, END])
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    colleague.wait_for_prompts(1)
    colleague.wait_until_done()
    np.testing.assert_array_equal(plane(colleague, Z), plane(annotator, Z))
    assert colleague.label_counts() == annotator.label_counts()


def test_an_outline_is_filled_on_its_slice_or_through_all_and_the_right_button_erases_it(annotator: Person) -> None:
    corners: list[Voxel] = [(Z, Y - 10, X - 50), (Z, Y - 10, X - 30), (Z, Y + 10, X - 30), (Z, Y + 10, X - 50)]
    annotator.draw("u", corners)
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    count = annotator.label_counts()[LEFT]
    assert count == pytest.approx(20 * 20, rel=0.12)
    assert annotator.slices_with(LEFT) == [Z]
    annotator.page.get_by_label("Through all slices").check()
    annotator.draw("u", corners)
    annotator.wait_for_prompts(2)
    annotator.wait_until_done()
    assert len(annotator.slices_with(LEFT)) == 189
    annotator.page.get_by_label("Through all slices").uncheck()
    annotator.draw("u", corners, button="right")
    annotator.wait_for_prompts(3)
    annotator.wait_until_done()
    assert annotator.voxel((Z, Y, X - 40)) == 0
    assert annotator.voxel((Z + 1, Y, X - 40)) == LEFT


def test_corners_of_an_outline_are_set_by_clicks_and_a_double_click_closes_it(annotator: Person) -> None:
    annotator.page.keyboard.press("u")
    corners: list[Voxel] = [(Z, Y - 10, X - 50), (Z, Y - 10, X - 30), (Z, Y + 10, X - 30)]
    for corner in corners[:-1]:
        annotator.page.mouse.click(*annotator.point(corner, "axial"))
    annotator.page.mouse.dblclick(*annotator.point(corners[-1], "axial"))
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    assert annotator.label_counts()[LEFT] == pytest.approx(20 * 20 / 2, rel=0.15)


def test_a_hole_is_filled_and_open_background_is_not(annotator: Person) -> None:
    ring: list[Voxel] = [(Z, Y - 9, X - 49), (Z, Y - 9, X - 31), (Z, Y + 9, X - 31), (Z, Y + 9, X - 49)]
    annotator.draw("d", [*ring, ring[0]])
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    assert annotator.voxel((Z, Y, X - 40)) == 0
    annotator.page.keyboard.press("Shift+u")
    annotator.page.mouse.click(*annotator.point((Z, Y, X - 70), "axial"))
    annotator.page.get_by_text("Nothing encloses this place").wait_for()
    annotator.page.mouse.click(*annotator.point((Z, Y, X - 40), "axial"))
    annotator.wait_for_prompts(2)
    annotator.wait_until_done()
    assert annotator.voxel((Z, Y, X - 40)) == LEFT
    assert annotator.voxel((Z, Y, X - 70)) == 0


def test_only_values_that_were_picked_are_painted(annotator: Person) -> None:
    """The ventricle is dark, what is around it is bright: a large brush paints the dark alone."""
    annotator.page.keyboard.press("d")
    for _ in range(5):
        annotator.page.keyboard.press("j")
    annotator.page.get_by_label("Only values").check()
    annotator.page.get_by_label("Pick the values").click()
    annotator.page.mouse.click(*annotator.point(LEFT_VENTRICLE, "axial"))
    low, high = (float(annotator.page.get_by_label(name).input_value()) for name in ("Lowest value", "Highest value"))
    assert low < high < 160
    for _ in range(12):
        annotator.page.keyboard.press("k")
    annotator.draw("d", [LEFT_VENTRICLE, LEFT_VENTRICLE])
    annotator.wait_for_prompts(1)
    annotator.wait_until_done()
    assert annotator.voxel(LEFT_VENTRICLE) == LEFT
    assert annotator.voxel((Z, Y, X - 14)) == 0
    assert annotator.label_counts()[LEFT] > 20


def test_a_locked_label_and_a_locked_slice_are_painted_by_nobody(annotator: Person, colleague: Person) -> None:
    colleague.open_case(PROJECT_NAME, CASE_NAME)
    annotator.draw("d", [START, END])
    annotator.wait_for_prompts(1)
    annotator.page.keyboard.press("Shift+l")
    annotator.wait_for_prompts(2)
    annotator.wait_until_done()
    held = annotator.label_counts()[LEFT]
    colleague.wait_for_prompts(2)
    colleague.look_at_slice(Z)
    colleague.page.keyboard.press(str(RIGHT))
    colleague.draw("d", [START, (Z, Y + 30, X - 40)])
    colleague.wait_for_prompts(3)
    colleague.wait_until_done()
    assert colleague.voxel(START) == LEFT
    assert colleague.voxel((Z, Y + 30, X - 40)) == RIGHT
    assert colleague.label_counts()[LEFT] == held
    colleague.page.get_by_label("Lock this slice", exact=True).click()
    colleague.wait_for_prompts(4)
    right = colleague.label_counts()[RIGHT]
    colleague.draw("d", [(Z, Y - 30, X - 40), (Z, Y - 30, X - 30)])
    colleague.page.wait_for_timeout(300)
    assert colleague.voxel((Z, Y - 30, X - 40)) == 0
    assert len(colleague.prompts()) == 4
    for left in (3, 2):
        colleague.page.keyboard.press("z")
        colleague.wait_for_prompts(left)
    colleague.wait_until_done()
    assert right > 0


def test_a_label_ends_where_it_is_said_to(annotator: Person) -> None:
    annotator.draw("d", [(Z, Y - 8, X), (Z, Y + 8, X)])
    annotator.wait_for_prompts(1)
    annotator.page.keyboard.press("a")
    annotator.wait_for_prompts(2)
    annotator.wait_until_done()
    assert max(annotator.slices_with(LEFT)) > Z
    annotator.page.keyboard.press("Shift+PageUp")
    annotator.wait_for_prompts(3)
    annotator.wait_until_done()
    assert max(annotator.slices_with(LEFT)) == Z
    assert min(annotator.slices_with(LEFT)) < Z
