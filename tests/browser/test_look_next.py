"""After a click the page says how much was recomputed, and leads to where the model is least sure."""

import re
from collections.abc import Iterator

import pytest

from tests.workspace_driver import LEFT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser

LEFT = 1


@pytest.fixture
def annotator(demo: Person) -> Iterator[Person]:
    """With one structure segmented; afterwards nothing is left of it."""
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.click_on(LEFT_VENTRICLE, LEFT)
    demo.wait_until_done()
    yield demo
    demo.page.keyboard.press("z")
    demo.wait_for_prompts(0)
    demo.wait_until_done()


def slice_on_screen(person: Person) -> int:
    return int(person.page.get_attribute(".ribbon-strip", "aria-valuenow") or 0) - 1


def said(person: Person) -> tuple[int, int]:
    """The slice that is shown and how sure the page says the model is there, in percent."""
    sure = re.search(r": (\d+) % sure", person.page.inner_text(".ribbon-head"))
    assert sure, person.page.inner_text(".ribbon-head")
    return slice_on_screen(person), int(sure[1])


def test_the_status_line_says_how_many_slices_were_recomputed(annotator: Person) -> None:
    status = annotator.page.inner_text(".status-line")
    counted = re.search(r"Recomputed (\d+) of 189 slices", status)
    assert counted, status
    assert len(annotator.slices_with(LEFT)) <= int(counted[1]) < 189


def test_key_and_button_lead_from_the_least_sure_slice_to_ever_surer_ones(annotator: Person) -> None:
    seen = []
    for number in range(4):
        if number % 2:
            annotator.page.get_by_role("button", name="Look here next").click()
        else:
            annotator.page.keyboard.press("g")
        annotator.page.wait_for_timeout(100)
        seen.append(said(annotator))
    assert len({z for z, _ in seen}) == 4
    assert [sure for _, sure in seen] == sorted(sure for _, sure in seen)
    assert LEFT_VENTRICLE[0] not in {z for z, _ in seen}, "what was prompted needs no look"
    assert annotator.problems == []


def test_a_number_typed_in_leads_to_that_slice_and_keys_work_again_at_once(annotator: Person) -> None:
    field = annotator.page.get_by_label("Slice number")
    field.fill("41")
    field.press("Enter")
    assert slice_on_screen(annotator) == 40
    annotator.page.keyboard.press("ArrowUp")
    assert slice_on_screen(annotator) == 41
    field.fill("2000")
    field.press("Enter")
    assert field.input_value() == "189"
    field.fill("x")
    field.press("Enter")
    assert field.input_value() == "189"
