"""Takes every picture of docs/tour.md and of the README, in a real browser on a real installation, and writes the tour.

.venv/bin/python -m benchmarks.pictures [--out docs] [--only workspace review]

A small project is lived through first, so that the pages have something to show. Nothing is retouched; the pictures
are WebP files, small enough to be kept with the code.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from benchmarks.annotating import Said, say, segment
from tests.running_stack import PASSWORD, RunningStack, free_port
from tests.workspace_driver import LEFT_VENTRICLE, Person, Voxel, chromium
from webapp.demo.brain import CASE_NAME, PROJECT_NAME, image_file

ROOT = Path(__file__).resolve().parents[1]
SETTLE_MS = 4500  # until passing messages have gone
QUALITY = 82
WHOLE = {"width": 1600, "height": 950}
PAGE = {"width": 1280, "height": 800}

# What is seen, in the order of the tour; the names are those of the files.
SENTENCES = {
    "projects": "**Projects.** After logging in: the projects one is a member of, and a line to make another.",
    "project": "**A project.** Drop volumes on the page, and they become cases; search, filter and sort them, give "
    "them to people, or take the next one. Labels and people are at the side.",
    "people": "**People.** Everybody has a role. A manager lets in who has an account, and invites who has none by a "
    "link that runs out.",
    "workspace": "**The workspace.** A brain MR after some twenty clicks. The ribbon at the bottom says slice by "
    "slice how sure the model is and what made the mask; one key leads to the least certain slice.",
    "solid": "**Layouts and 3D.** Three planes and the surfaces of the labels beside them; any pane can be the large "
    "one, and 3D also shows the brightest voxels or an oblique slice.",
    "painting": "**Painting.** Where a mask has to be exact it is painted, and the model carries the strokes on to "
    "further slices if asked to.",
    "operations": "**Operations on whole labels.** Fill between slices, islands, holes, smoothing, margins: with "
    "units, and with what came of it; undone like a click.",
    "review": "**Review.** A submitted annotation is looked through, remarks are pinned to voxels, and it is approved "
    "or sent back. A click on a remark leads to its place.",
    "history": "**History.** Who did what when, every version kept, and the way back to any of them.",
    "shortcuts": "**Keys.** Everything has a key, every key can be changed.",
    "light": "**By day.** Light or dark, as the system says or as one likes.",
    "progress": "**Progress.** How the project goes, who waits for whom, and how good the model's first answers were.",
    "export": "**Export.** Label maps, training sets for nnU-Net with their splits, surfaces and volumes, of every "
    "case or of approved ones alone; each ZIP says where everything in it comes from.",
}
# Besides the three structures of the measured session: both caudate nuclei.
MORE = (
    Said(5, ((84, 146, 85),)),
    Said(6, ((84, 146, 111),)),
    Said(6, ((70, 146, 118),), adds=False),
    Said(6, ((90, 138, 113),)),
)
ON_SCREEN = (92, 140, 98)
REMARKS = (((94, 128, 96), 1, "Septum: belongs to neither"), ((71, 118, 86), 5, "Thalamus, not caudate"))
HEAD = """# A tour in pictures

Made by `python -m benchmarks.pictures`: a real browser on a real installation, nothing retouched.
"""


@dataclass
class Camera:
    """Takes the pictures that are wanted."""

    folder: Path
    wanted: Collection[str]

    def take(self, page: Page, name: str) -> None:
        """A picture of what is on screen."""
        if name not in self.wanted:
            return
        page.wait_for_timeout(SETTLE_MS)
        shot = Image.open(io.BytesIO(page.screenshot()))
        file = self.folder / f"{name}.webp"
        shot.convert("RGB").save(file, quality=QUALITY, method=6)
        print(f"{file.name}: {file.stat().st_size // 1024} KiB")


def main() -> None:
    """Start an installation, live through a project, take pictures, and write the tour."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    parser.add_argument("--only", nargs="+", choices=tuple(SENTENCES), default=tuple(SENTENCES))
    options = parser.parse_args()
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    camera = Camera(options.out / "images", options.only)
    with (
        tempfile.TemporaryDirectory(prefix="s2v-pictures-") as folder,
        RunningStack(Path(folder) / "data", free_port()) as running,
        chromium() as browser,
    ):
        demo, colleague = (Person(browser, running.address, name, PASSWORD) for name in ("demo", "colleague"))
        _bring_cases(demo, Path(folder))
        _show_people(demo, browser, camera)
        _show_workspace(demo, camera)
        _show_review(demo, colleague, camera)
        _show_pages(demo, camera)
    if set(options.only) == set(SENTENCES):
        _write_tour(options.out / "tour.md")


def _write_tour(file: Path) -> None:
    entries = (f"{sentence}\n\n![{_title(sentence)}](images/{name}.webp)\n" for name, sentence in SENTENCES.items())
    file.write_text("\n".join((HEAD, *entries)))


def _title(sentence: str) -> str:
    return sentence.split("**")[1].rstrip(".")


def _bring_cases(demo: Person, folder: Path) -> None:
    """Four more volumes, cut out of the demo's image and given other contrasts."""
    whole = nibabel.nifti1.load(image_file())
    values = np.asarray(whole.dataobj)
    inverted = np.where(values > 0.2 * values.max(), values.max() - values, 0)
    parts = {
        "Anna, T1": values[:, :, 40:120],
        "Bert, T2-like": inverted[:, :, 30:110],
        "Carla, T1 sagittal": values[60:140].transpose(1, 2, 0),
        "Dora, T2-like thin": inverted[::2, ::2, 50:110],
    }
    demo.page.get_by_role("link", name=PROJECT_NAME).first.click()
    for number, (name, part) in enumerate(parts.items(), start=2):
        file = folder / f"{name}.nii.gz"
        nibabel.save(nibabel.nifti1.Nifti1Image(part.astype(np.int16), np.diag([1.0, 1.0, 2.0, 1.0])), file)
        demo.page.locator("[data-drop] input[type=file]").set_input_files(file)
        expect(demo.page.locator("[data-cases] tbody tr:has(a)")).to_have_count(number, timeout=60_000)


def _show_people(demo: Person, browser: Browser, camera: Camera) -> None:
    page = demo.page
    page.get_by_role("link", name="Change and invite").click()
    for role, name in (("annotator", "anna"), ("reviewer", "rosa")):
        page.get_by_label("Role of the invited").select_option(role)
        page.get_by_role("button", name="Make a link").click()
        link = page.get_by_label("Link of the invitation").input_value()
        Person.invited(browser, link, name, PASSWORD).context.close()
    page.get_by_role("button", name="Make a link").click()
    page.set_viewport_size(PAGE)
    camera.take(page, "people")
    page.get_by_role("link", name=PROJECT_NAME).click()
    for case, to in (("Anna", "anna"), ("Bert", "anna"), ("MNI152", "colleague")):
        page.locator("[data-cases] tr", has_text=case).get_by_role("checkbox").check()
        page.get_by_label("Give the chosen cases to").select_option(to if to == "anna" else "Colleague")
        page.get_by_role("button", name="Give", exact=True).click()
    page.set_viewport_size(WHOLE)


def _show_workspace(demo: Person, camera: Camera) -> None:
    page = demo.page
    page.emulate_media(color_scheme="dark")
    page.get_by_role("link", name=CASE_NAME).first.click()
    demo.wait_for_workspace()
    segment(demo)
    for said in MORE:
        say(demo, said)
        demo.wait_until_done()
    demo.look_at_slice(ON_SCREEN[0])
    _point_at(demo, ON_SCREEN)
    camera.take(page, "workspace")
    page.emulate_media(color_scheme="light")
    camera.take(page, "light")
    page.emulate_media(color_scheme="dark")
    page.keyboard.press("F8")
    camera.take(page, "solid")
    page.keyboard.press("F7")
    page.keyboard.press("1")
    page.keyboard.press("d")
    page.mouse.move(*demo.point(LEFT_VENTRICLE, "axial"))
    camera.take(page, "painting")
    page.keyboard.press("p")
    _show_operations(demo, camera)
    page.keyboard.press("?")
    camera.take(page, "shortcuts")
    page.keyboard.press("Escape")


def _point_at(person: Person, voxel: Voxel) -> None:
    """Put the crosshair there; nothing is said of the label."""
    person.page.keyboard.down("Shift")
    person.page.mouse.click(*person.point(voxel, "axial"))
    person.page.keyboard.up("Shift")


def _show_operations(demo: Person, camera: Camera) -> None:
    page = demo.page
    before = len(page.evaluate("() => window.s2v.operations()"))
    page.keyboard.press("Shift+O")
    page.get_by_label("Operation", exact=True).select_option("margin")
    page.get_by_role("spinbutton", name="By").fill("1")
    page.get_by_role("button", name="Apply").click()
    demo.wait_until_done()
    camera.take(page, "operations")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.wait_for_function("before => window.s2v.operations().length === before", arg=before)
    page.get_by_label("Operation", exact=True).blur()
    page.keyboard.press("Shift+O")


def _show_review(demo: Person, colleague: Person, camera: Camera) -> None:
    colleague.open_case(PROJECT_NAME, CASE_NAME)
    for person in (colleague, demo):
        person.page.keyboard.press("Control+Enter")
    colleague.page.get_by_role("button", name="Submit", exact=True).click()
    page = demo.page
    expect(page.locator("[data-workflow=submitted]")).to_be_visible()
    for voxel, label, text in REMARKS:
        demo.look_at_slice(voxel[0])
        _point_at(demo, voxel)
        page.keyboard.press(str(label))
        page.get_by_placeholder("Remark at the crosshair").fill(text)
        page.get_by_role("button", name="Remark", exact=True).click()
        expect(page.get_by_role("button", name=text)).to_be_visible()
    page.get_by_label("Comment on the decision").fill("Two places, see the remarks")
    camera.take(page, "review")
    page.get_by_role("button", name="Ask for changes").click()
    expect(page.locator("[data-workflow=changes_asked]")).to_be_visible()


def _show_pages(demo: Person, camera: Camera) -> None:
    page = demo.page
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PAGE)
    page.get_by_role("link", name="History").click()
    camera.take(page, "history")
    page.go_back()
    page.get_by_role("link", name=PROJECT_NAME).first.click()
    camera.take(page, "project")
    page.get_by_role("link", name="Progress").click()
    camera.take(page, "progress")
    page.go_back()
    page.get_by_role("link", name="Export").click()
    page.get_by_label("nnU-Net v2").check()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=120_000)
    camera.take(page, "export")
    page.goto(page.url.split("/projects/")[0])
    camera.take(page, "projects")


if __name__ == "__main__":
    main()
