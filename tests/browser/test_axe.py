"""What axe-core finds for people without a mouse, a large screen or all colours: names, contrast, room."""

from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running_stack import RunningStack
from tests.workspace_driver import Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SMALLEST = {"width": 1280, "height": 720}
FOUND = """async () => {
  const { violations } = await axe.run();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def violations(page: Page) -> list[str]:
    """What axe-core objects to on the page as it is now."""
    # Through the debugger, not as an element: the page's own policy lets no foreign script in.
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(FOUND)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_workspace_has_no_violations_and_fits_a_small_screen(demo: Person, theme: str) -> None:
    demo.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    demo.page.set_viewport_size(SMALLEST)  # type: ignore[arg-type]
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.page.keyboard.press("F8")
    assert violations(demo.page) == []
    assert demo.page.evaluate(TOO_WIDE) <= 0
    demo.page.keyboard.press("?")
    expect(demo.page.get_by_role("dialog")).to_be_visible()
    assert violations(demo.page) == []
    demo.page.keyboard.press("Escape")
    bar = "() => { const bar = document.querySelector('.view-bar'); return bar.scrollWidth - bar.clientWidth; }"
    assert demo.page.evaluate(bar) <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_have_no_violations_and_fit_a_small_screen(demo: Person, running: RunningStack, theme: str) -> None:
    demo.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    demo.page.set_viewport_size(SMALLEST)  # type: ignore[arg-type]
    demo.open_case(PROJECT_NAME, CASE_NAME)
    project, history = (
        urljoin(running.address, demo.page.get_by_role("link", name=name).first.get_attribute("href"))
        for name in (PROJECT_NAME, "History")
    )
    about_annotation = [urljoin(history, page) for page in ("", "../labels/")]
    about_project = [f"{project}{page}/" for page in ("people", "exports", "progress", "agreement")]
    found = {}
    for address in (running.address, project, *about_project, *about_annotation, f"{running.address}nowhere/"):
        demo.page.goto(address)
        found[address] = violations(demo.page)
        if (wider := demo.page.evaluate(TOO_WIDE)) > 0:
            found[address].append(f"{wider} px too wide")
    assert {address: problems for address, problems in found.items() if problems} == {}


def test_the_login_has_no_violations(browser: Browser, running: RunningStack) -> None:
    page = browser.new_page()
    page.goto(f"{running.address}accounts/login/")
    assert violations(page) == []
    page.close()


def test_the_tour_and_a_followed_colleague_bring_no_violations(demo: Person, colleague: Person) -> None:
    for person in (demo, colleague):
        person.open_case(PROJECT_NAME, CASE_NAME)
    demo.page.get_by_role("button", name="Follow Colleague").click()
    demo.page.get_by_role("button", name="Two-minute tour").click()
    assert violations(demo.page) == []
