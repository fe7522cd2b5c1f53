"""Operations on whole labels, by key and by panel, in the browser of whoever asks and of whoever looks on."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.workspace_driver import LEFT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser

LEFT = 1
_, ROW, COLUMN = LEFT_VENTRICLE
NEAR = {(row, column) for row in range(ROW - 40, ROW + 40) for column in range(COLUMN - 40, COLUMN + 40)}


@pytest.fixture
def annotator(demo: Person) -> Iterator[Person]:
    """With one structure segmented; afterwards nothing is left of it."""
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.click_on(LEFT_VENTRICLE, LEFT)
    demo.wait_until_done()
    yield demo
    while demo.page.evaluate("() => window.s2v.operations().length + window.s2v.prompts().length"):
        edits = demo.page.evaluate("() => window.s2v.operations().length + window.s2v.prompts().length")
        demo.page.keyboard.press("Escape")
        demo.page.keyboard.press("z")
        demo.page.wait_for_function("n => window.s2v.operations().length + window.s2v.prompts().length < n", arg=edits)
    demo.wait_until_done()


def _wait_for_operations(person: Person, count: int) -> None:
    person.page.wait_for_function("count => window.s2v.operations().length === count", arg=count)
    person.wait_until_done()


def _voxels(person: Person, z: int) -> list[tuple[int, int]]:
    """Where slice z has the label, around where it was clicked."""
    near = sorted(NEAR)
    look = "([z, near]) => near.map(([y, x]) => window.s2v.voxel(z, y, x))"
    values = person.page.evaluate(look, [z, near])
    return [place for place, value in zip(near, values, strict=True) if value == LEFT]


def test_grow_by_panel_and_undo_changes_voxels_and_brings_them_back(annotator: Person, colleague: Person) -> None:
    page = annotator.page
    colleague.open_case(PROJECT_NAME, CASE_NAME)
    before = annotator.label_counts()[LEFT]
    drawn = set(_voxels(annotator, 92))
    page.keyboard.press("Shift+O")
    page.get_by_label("Operation", exact=True).select_option("margin")
    page.get_by_role("spinbutton", name="By").fill("1")
    page.get_by_role("button", name="Apply").click()
    _wait_for_operations(annotator, 1)

    grown = set(_voxels(annotator, 92))
    beside = {
        (row + down, column + right) for row, column in drawn for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0))
    }
    assert grown > drawn
    assert beside & NEAR <= grown, "voxels of 1 mm: the four neighbours are within 1 mm"
    assert annotator.label_counts()[LEFT] > before
    expect(page.locator(".operation-outcome")).to_contain_text("Grow or shrink: ")
    expect(page.locator(".operation-outcome")).to_contain_text("changed on")

    _wait_for_operations(colleague, 1)
    assert colleague.label_counts() == annotator.label_counts()
    assert set(_voxels(colleague, 92)) == grown

    page.get_by_role("button", name="Undo", exact=True).click()
    _wait_for_operations(annotator, 0)
    assert annotator.label_counts()[LEFT] == before
    assert set(_voxels(annotator, 92)) == drawn
    assert annotator.problems == colleague.problems == []


def test_slices_taken_away_are_filled_in_between_by_one_key(annotator: Person) -> None:
    page = annotator.page
    low, high = (set(_voxels(annotator, z)) for z in (91, 94))
    assert 2 * len(low & high) > min(len(low), len(high))
    page.keyboard.press("Shift+O")
    page.get_by_label("Operation", exact=True).select_option("threshold")
    page.get_by_label("From", exact=True).fill("100000")
    page.get_by_label("To", exact=True).fill("100001")
    page.get_by_label("All slices", exact=True).uncheck()
    page.get_by_label("First slice", exact=True).fill("93")
    page.get_by_label("Last slice", exact=True).fill("94")
    page.get_by_label("Last slice", exact=True).blur()
    page.get_by_role("button", name="Apply").click()
    _wait_for_operations(annotator, 1)
    assert [bool(_voxels(annotator, z)) for z in range(91, 95)] == [True, False, False, True]

    page.get_by_label("All slices", exact=True).check()
    page.locator(".legend").click()
    page.keyboard.press("v")
    _wait_for_operations(annotator, 2)
    for z in (92, 93):
        assert low & high <= set(_voxels(annotator, z)) <= low | high
    assert set(_voxels(annotator, 91)) == low
    assert set(_voxels(annotator, 94)) == high
    expect(page.locator(".operation-outcome")).to_contain_text("Fill between slices")
    assert annotator.problems == []


def test_the_shortcut_sheet_names_the_operations(annotator: Person) -> None:
    page = annotator.page
    page.keyboard.press("?")
    sheet = page.locator("dialog.sheet")
    expect(sheet).to_contain_text("Fill between slices")
    expect(sheet).to_contain_text("Keep the largest island")
    page.keyboard.press("Escape")
