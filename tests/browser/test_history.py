"""A version restored on the page of an annotation's history, seen and taken back in a workspace that is open."""

import pytest
from playwright.sync_api import expect

from tests.workspace_driver import LEFT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser


def voxels(person: Person) -> int:
    counts: dict[str, int] = person.page.evaluate("() => window.s2v.labelCounts()")
    return sum(counts.values())


def test_a_version_is_compared_restored_and_the_restore_undone(demo: Person) -> None:
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.click_on(LEFT_VENTRICLE, 1)
    demo.wait_until_done()
    drawn = voxels(demo)
    with demo.context.new_page() as other:
        other.goto(demo.page.url)
        other.get_by_role("link", name="History").click()
        expect(other.locator("[data-timeline]")).to_contain_text("1 × point")
        other.get_by_role("button", name="Compare the two").click()
        expect(other.get_by_text(f"{drawn} voxels on")).to_be_visible()
        before = other.locator("[data-slice-pictures] output").inner_text()
        other.locator("[data-slice]").press("ArrowRight")
        expect(other.locator("[data-slice-pictures] output")).not_to_have_text(before)
        other.go_back()
        other.once("dialog", lambda question: question.accept())
        other.get_by_role("button", name="Restore version 0").click()
        expect(other.get_by_text("Version 0 is back")).to_be_visible()
    demo.page.wait_for_function("() => Object.values(window.s2v.labelCounts()).every((count) => count === 0)")
    demo.page.get_by_role("button", name="Undo my last edit", exact=True).click()
    demo.page.wait_for_function(
        "(drawn) => Object.values(window.s2v.labelCounts()).reduce((sum, count) => sum + count, 0) === drawn", arg=drawn
    )
