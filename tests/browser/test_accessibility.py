"""What people need who come for the first time, or who do not use a mouse: a tour, own keys, a theme, fingers."""

import pytest
from playwright.sync_api import Browser, expect

from tests.running_stack import PASSWORD, RunningStack
from tests.workspace_driver import LEFT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser


def test_the_theme_is_switched_on_a_page_and_stays_in_the_workspace(demo: Person) -> None:
    demo.page.emulate_media(color_scheme="light")
    demo.page.get_by_role("button", name="Light or dark").click()
    expect(demo.page.locator("html")).to_have_attribute("data-theme", "dark")
    demo.open_case(PROJECT_NAME, CASE_NAME)
    expect(demo.page.locator("html")).to_have_attribute("data-theme", "dark")
    demo.page.keyboard.press("Shift+t")
    expect(demo.page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_key_that_does_something_else_is_asked_for_and_remembered(demo: Person) -> None:
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.page.keyboard.press("?")
    demo.page.get_by_label("Change the key of: Reset zoom and position").click()
    demo.page.keyboard.press("F7")
    expect(demo.page.get_by_role("alert")).to_contain_text("Three planes")
    demo.page.get_by_role("button", name="Use it here").click()
    demo.page.reload()
    demo.wait_for_workspace()
    demo.page.keyboard.press("F6")
    alone = demo.page.get_by_role("button", name="One pane alone", exact=True)
    expect(alone).to_have_attribute("aria-pressed", "true")
    demo.page.keyboard.press("F7")
    expect(alone).to_have_attribute("aria-pressed", "true")
    demo.page.keyboard.press("?")
    demo.page.get_by_role("button", name="All keys as at first").click()
    demo.page.keyboard.press("Escape")
    demo.page.keyboard.press("F7")
    expect(alone).to_have_attribute("aria-pressed", "false")


def test_two_fingers_zoom_and_draw_nothing_while_a_drawing_tool_is_in_hand(
    browser: Browser, running: RunningStack
) -> None:
    person = Person(browser, running.address, "demo", PASSWORD)
    person.open_case(PROJECT_NAME, CASE_NAME)
    person.look_at_slice(LEFT_VENTRICLE[0])
    person.page.keyboard.press("s")
    prompts = len(person.prompts())
    x, y = person.point(LEFT_VENTRICLE, "axial")
    fingers = person.context.new_cdp_session(person.page)

    def touch(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}] if apart else []
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x - 40, "y": y, "id": 1}]})
    touch("touchStart", 40)
    for apart in (50, 65, 80):
        touch("touchMove", apart)
    touch("touchEnd", 0)
    person.page.wait_for_timeout(200)
    z, row, column = LEFT_VENTRICLE
    near, far = person.point(LEFT_VENTRICLE, "axial"), person.point((z, row, column - 20), "axial")
    person.page.keyboard.press("r")
    person.page.wait_for_timeout(200)
    fitted = person.point((z, row, column - 20), "axial")[0] - person.point(LEFT_VENTRICLE, "axial")[0]
    assert (far[0] - near[0]) / fitted == pytest.approx(2, abs=0.15)
    assert abs(near[0] - x) < 3
    assert len(person.prompts()) == prompts
    person.context.close()


def test_the_tour_is_taken_by_doing_what_it_says_and_is_not_offered_again(demo: Person) -> None:
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.page.get_by_role("button", name="Two-minute tour").click()
    step = demo.page.get_by_role("dialog")
    expect(step).to_contain_text("What you are looking for")
    demo.page.keyboard.press("Enter")
    expect(step).to_contain_text("Click on it")
    demo.click_on(LEFT_VENTRICLE, 1)
    expect(step).to_contain_text("All slices at a glance")
    demo.page.keyboard.press("Escape")
    expect(step).to_have_count(0)
    demo.wait_until_done()
    demo.page.reload()
    demo.wait_for_workspace()
    expect(demo.page.get_by_role("button", name="Two-minute tour")).to_have_count(0)
    demo.page.keyboard.press("F1")
    expect(step).to_contain_text("What you are looking for")
