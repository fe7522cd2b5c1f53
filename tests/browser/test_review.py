"""A case from the annotator's click to the reviewer's approval, in two browsers against the real processes."""

import pytest
from playwright.sync_api import expect

from tests.workspace_driver import LEFT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser

LEFT = 1


def wait_for_state(person: Person, state: str) -> None:
    expect(person.page.locator(f"[data-workflow={state}]")).to_be_visible(timeout=15_000)


def test_a_case_is_submitted_remarked_returned_mended_and_approved(demo: Person, colleague: Person) -> None:
    annotator, reviewer = colleague, demo  # the demo's owner manages it, the colleague annotates
    for person in (annotator, reviewer):
        person.open_case(PROJECT_NAME, CASE_NAME)
    annotator.click_on(LEFT_VENTRICLE, LEFT)
    annotator.wait_until_done()
    for person in (annotator, reviewer):
        wait_for_state(person, "in_progress")
        person.page.keyboard.press("Control+Enter")
        expect(person.page.get_by_role("region", name="Review")).to_be_visible()
    expect(annotator.page.get_by_role("button", name="Approve")).to_have_count(0)
    annotator.page.get_by_role("button", name="Submit", exact=True).click()
    for person in (annotator, reviewer):
        wait_for_state(person, "submitted")

    before = annotator.slices_done()
    annotator.click_on((LEFT_VENTRICLE[0] + 4, *LEFT_VENTRICLE[1:]), LEFT)
    expect(annotator.page.get_by_text("This annotation is submitted")).to_be_visible()
    assert annotator.slices_done() == before

    reviewer.look_at_slice(LEFT_VENTRICLE[0])
    reviewer.page.get_by_placeholder("Remark at the crosshair").fill("Leaks at the tip")
    reviewer.page.get_by_role("button", name="Remark", exact=True).click()
    expect(annotator.page.get_by_role("button", name="Leaks at the tip")).to_be_visible()
    expect(reviewer.page.get_by_role("button", name="Ask for changes")).to_be_disabled()
    reviewer.page.get_by_label("Comment on the decision").fill("See the remark")
    reviewer.page.get_by_role("button", name="Ask for changes").click()
    wait_for_state(annotator, "changes_asked")

    annotator.look_at_slice(0)
    annotator.page.get_by_role("button", name="Leaks at the tip").click()
    assert annotator.page.get_attribute(".ribbon-strip", "aria-valuenow") == str(LEFT_VENTRICLE[0] + 1)
    annotator.page.get_by_role("button", name="Resolve").click()
    expect(reviewer.page.get_by_text("resolved by Colleague")).to_be_visible()
    annotator.page.get_by_role("button", name="Submit", exact=True).click()
    wait_for_state(reviewer, "submitted")
    reviewer.page.get_by_role("button", name="Approve").click()
    wait_for_state(annotator, "approved")

    reviewer.page.get_by_role("link", name=PROJECT_NAME).click()
    row = reviewer.page.locator("[data-cases] tbody tr").first
    expect(row).to_contain_text("Approved")
    expect(row).to_contain_text("Colleague")
