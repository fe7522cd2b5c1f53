import { expect, test } from "vitest";
import { ACTIONS, KeyMap, type KeyPress, keyCaps, writtenKey } from "./keymap";

function press(key: string, given: Partial<KeyPress> = {}): KeyPress {
  return { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...given };
}

test.each([
  [press("z"), "undo"],
  [press("z", { ctrlKey: true }), "undo"],
  [press("z", { metaKey: true }), "undo"],
  [press("Z", { ctrlKey: true, shiftKey: true }), "redo"],
  [press("y"), "redo"],
  [press("Z", { code: "KeyZ" }), "undo"], // caps lock
  [press("?", { shiftKey: true }), "help"],
  [press("+", { shiftKey: true }), "masks.more"],
  [press("e"), "label.next"],
  [press("q"), "label.previous"],
  [press("PageUp"), "slice.forward"],
  [press("3", { code: "Digit3" }), "label.3"],
  [press("é", { code: "Digit2" }), "label.2"], // French layout
  [press("!", { code: "Digit1", shiftKey: true }), "window.1"],
])("%o does %s", (key, action) => {
  expect(new KeyMap().actionFor(key)).toBe(action);
});

test("a key with another modifier does nothing", () => {
  expect(new KeyMap().actionFor(press("t", { ctrlKey: true }))).toBeUndefined();
});

test("no key does two things", () => {
  const keys = Object.values(ACTIONS).flatMap((action) => action.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

test("keys can be changed, one action at a time", () => {
  const keymap = new KeyMap({ undo: ["Backspace"] });
  expect(keymap.actionFor(press("Backspace"))).toBe("undo");
  expect(keymap.actionFor(press("z"))).toBeUndefined();
  expect(keymap.actionFor(press("y"))).toBe("redo");
});

test("keys are written the way they are drawn", () => {
  expect(keyCaps("Ctrl+Shift+z")).toEqual(["Ctrl", "Shift", "Z"]);
  expect(keyCaps("+")).toEqual(["+"]);
  expect(writtenKey(press("ArrowUp", { altKey: true }))).toBe("Alt+ArrowUp");
});
