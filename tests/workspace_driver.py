"""A person at the workspace: real Chromium, real keys and clicks; what arrived is read out of the page's own store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, TimeoutError, expect, sync_playwright

Voxel = tuple[int, int, int]

# Places in the demo's image, (z, y, x) on its storage axes, and the digit key of the label that belongs there.
LEFT_VENTRICLE: Voxel = (92, 131, 88)
RIGHT_VENTRICLE: Voxel = (92, 131, 108)
BRAINSTEM: Voxel = (40, 106, 98)
SLICES_A_PAGE = 10
# A click's acknowledgement may come before the word of its run: until then the page has settled on what was before.
FAILED = "() => window.s2v.settled() && window.s2v.run()?.state === 'failed'"
DONE_OR_FAILED = f"""() => ({FAILED})() ||
  window.s2v.settled() && window.s2v.timings().every((click) => click.done !== null)"""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium without a window; AssertionError where there is none."""
    executable = shutil.which("chromium")
    assert executable, "Chromium is not installed; ./s2v test installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield browser
        browser.close()


class Person:
    """One browser with cookies of its own, logged in."""

    def __init__(self, browser: Browser, address: str, name: str, password: str) -> None:
        self._sit_down(browser)
        self.page.goto(address)
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", password)
        self.page.click("form button[type=submit]")
        expect(self.page).not_to_have_url(f"{address}accounts/login/")

    @classmethod
    def invited(cls, browser: Browser, link: str, name: str, password: str) -> Person:
        """Somebody new: makes an account by the link of an invitation, and joins the project."""
        person = cls.__new__(cls)
        person._sit_down(browser)
        person.page.goto(link)
        person.page.get_by_role("link", name="Make an account").click()
        person.page.get_by_label("User name").fill(name)
        person.page.get_by_label("Password").fill(password)
        person.page.get_by_role("button", name="Make the account").click()
        person.page.get_by_role("button", name=f"Join as {name}").click()
        return person

    def _sit_down(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport={"width": 1600, "height": 950}, accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)

    def open_case(self, project: str, case: str) -> None:
        """From the list of projects to the workspace of a case, and wait until it is alive."""
        self.page.get_by_role("link", name=project).first.click()
        self.page.get_by_role("link", name=case).first.click()
        self.wait_for_workspace()

    def wait_for_workspace(self) -> None:
        """Until the image's slices on screen are drawn and the socket has said everything."""
        self.page.wait_for_function("() => window.s2v && window.s2v.ready()", timeout=60_000)

    def look_at_slice(self, z: int) -> None:
        """Go to an axial slice by keys alone."""
        self.page.keyboard.press("Home")
        for _ in range(z // SLICES_A_PAGE):
            self.page.keyboard.press("PageUp")
        for _ in range(z % SLICES_A_PAGE):
            self.page.keyboard.press("ArrowUp")

    def click_on(self, voxel: Voxel, label_key: int, *, button: str = "left") -> None:
        """Choose a label by its digit and click on a voxel of the axial plane."""
        self.look_at_slice(voxel[0])
        self.page.keyboard.press(str(label_key))
        clicks = len(self.timings())
        self.page.mouse.click(*self.point(voxel, "axial"), button="left" if button == "left" else "right")
        self.page.wait_for_function("clicks => window.s2v.timings().length > clicks", arg=clicks)

    def draw(self, tool_key: str, voxels: list[Voxel], *, plane: str = "axial", button: str = "left") -> None:
        """Choose a tool by its key and drag from voxel to voxel; all must be on the slice that the plane shows."""
        self.press_and_drag(tool_key, voxels, plane=plane, button=button)
        self.page.mouse.up(button="left" if button == "left" else "right")

    def press_and_drag(self, tool_key: str, voxels: list[Voxel], *, plane: str = "axial", button: str = "left") -> None:
        """The same, but the button stays down."""
        self.page.keyboard.press(tool_key)
        points = [self.point(voxel, plane) for voxel in voxels]
        self.page.mouse.move(*points[0])
        self.page.mouse.down(button="left" if button == "left" else "right")
        for point in points[1:]:
            self.page.mouse.move(*point, steps=6)

    def point(self, voxel: Voxel, plane: str) -> tuple[float, float]:
        """Where on the page a voxel of the slice that a plane shows is."""
        look = "([plane, z, y, x]) => window.s2v.canvasPoint(plane, z, y, x)"
        point = self.page.evaluate(look, [plane, *voxel])
        assert point, f"{voxel} is not on screen in the {plane} plane"
        return point["x"], point["y"]

    def wait_for_prompts(self, count: int) -> list[dict[str, Any]]:
        """Until the server has said that there are so many prompts; then those."""
        self.page.wait_for_function("count => window.s2v.prompts().length === count", arg=count)
        return self.prompts()

    def wait_until_done(self, seconds: float = 120) -> None:
        """Until every click is acknowledged and the newest run has done all its slices."""
        try:
            self.page.wait_for_function(DONE_OR_FAILED, timeout=seconds * 1000)
        except TimeoutError as late:
            raise AssertionError(f"Not done after {seconds} s: {self._state()}") from late
        if self.page.evaluate(FAILED):
            raise AssertionError(f"The run failed: {self._state()}")

    def _state(self) -> str:
        state = self.page.evaluate("() => [window.s2v.run(), window.s2v.revision(), window.s2v.timings().slice(-2)]")
        return f"{state}; problems in the page: {self.problems}"

    def slices_with(self, label: int) -> list[int]:
        """Indices along the propagation axis on which the label has voxels, as the page shows it."""
        slices: list[int] = self.page.evaluate("label => Array.from(window.s2v.slicesWith(label))", label)
        return sorted(slices)

    def label_counts(self) -> dict[int, int]:
        """Number of voxels of each label, as the page shows it."""
        counts: dict[str, int] = self.page.evaluate("() => window.s2v.labelCounts()")
        return {int(label): count for label, count in counts.items() if int(label) and count}

    def voxel(self, voxel: Voxel) -> int:
        """The label at a voxel, as the page shows it."""
        value: int = self.page.evaluate("([z, y, x]) => window.s2v.voxel(z, y, x)", list(voxel))
        return value

    def prompts(self) -> list[dict[str, Any]]:
        """The prompts that the page shows."""
        prompts: list[dict[str, Any]] = self.page.evaluate("() => window.s2v.prompts()")
        return prompts

    def slices_done(self) -> int:
        """How many slices the newest run has done, as the page shows it."""
        done: int = self.page.evaluate("() => window.s2v.run()?.slices_done ?? 0")
        return done

    def timings(self) -> list[dict[str, Any]]:
        """Milliseconds of each click of this page: click, acknowledged, firstFrame, firstPaint, done."""
        timings: list[dict[str, Any]] = self.page.evaluate("() => window.s2v.timings()")
        return timings
