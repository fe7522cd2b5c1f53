"""Two people with the same case open: they see where the other is, go with them, and part again."""

import pytest
from playwright.sync_api import expect

from tests.workspace_driver import LEFT_VENTRICLE, RIGHT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser

WHERE = "() => Object.values(window.s2v.companions())[0]"
NEAR = f"([z, y, x]) => (({WHERE})()?.pointer ?? []).join() === [z, y, x].join()"
# Whether the page draws something as bright and coloured as a mark of a person within a few px of a place.
COLOURED = """([x, y]) => {
  const canvas = document.querySelector('.viewer-host canvas[role=img]');
  const box = canvas.getBoundingClientRect();
  const { data } = canvas.getContext('2d').getImageData(x - box.left, y - box.top, 6, 10);
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue, opacity] = data.slice(at, at + 4);
    if (opacity === 255 && Math.max(red, green, blue) - Math.min(red, green, blue) > 120) return true;
  }
  return false;
}"""


def test_one_sees_the_others_pointer_goes_with_them_and_goes_off_again(demo: Person, colleague: Person) -> None:
    for person in (demo, colleague):
        person.open_case(PROJECT_NAME, CASE_NAME)
        person.look_at_slice(LEFT_VENTRICLE[0])
    follow = demo.page.get_by_role("button", name="Follow Colleague")
    expect(follow).to_be_enabled()
    colleague.page.mouse.move(*colleague.point(RIGHT_VENTRICLE, "axial"))
    demo.page.wait_for_function(NEAR, arg=list(RIGHT_VENTRICLE))
    demo.page.wait_for_function(COLOURED, arg=list(demo.point(RIGHT_VENTRICLE, "axial")))

    follow.click()
    colleague.look_at_slice(40)
    slice_shown = demo.page.get_by_label("Slice number")
    expect(slice_shown).to_have_value("41")
    expect(demo.page.get_by_text("With Colleague, until you move")).to_be_visible()
    demo.page.keyboard.press("ArrowUp")
    expect(follow).to_have_attribute("aria-pressed", "false")
    colleague.look_at_slice(50)
    # The pointer rests, the image under it does not.
    demo.page.wait_for_function(f"() => [({WHERE})().at[0], ({WHERE})().pointer[0]].join() === '50,50'")
    expect(slice_shown).to_have_value("42")

    colleague.page.close()
    expect(follow).to_have_count(0, timeout=3_000)
    assert demo.page.evaluate(WHERE) is None
    assert demo.problems == []
