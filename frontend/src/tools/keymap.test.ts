import { expect, test } from "vitest";
import type { ReviewStore } from "../store/review";
import { commandsOf } from "./commands";
import { ACTIONS, KeyMap, type KeyPress, keyCaps, writtenKey } from "./keymap";
import { rememberedKeys } from "./rememberedKeys";
import { reviewCommands } from "./reviewCommands";
import { ViewSettings } from "./viewSettings";
import type { Workspace } from "./workspace";

/** Commands are listed, not called. */
function anyWorkspace(): Workspace {
  return { store: {}, toasts: {}, view: new ViewSettings(null, 1, "axial") } as unknown as Workspace;
}

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

test("a key that is given to another action is taken from the one that had it, which keeps its others", () => {
  const keymap = new KeyMap();
  keymap.bind("view.reset", "Ctrl+z");
  expect(keymap.actionFor(press("z", { ctrlKey: true }))).toBe("view.reset");
  expect([keymap.keysOf("undo"), keymap.keysOf("view.reset")]).toEqual([["z"], ["Ctrl+z"]]);
  expect(keymap.actionFor(press("r"))).toBeUndefined();
  keymap.reset();
  expect([keymap.actionFor(press("z", { ctrlKey: true })), keymap.actionFor(press("r"))]).toEqual([
    "undo",
    "view.reset",
  ]);
});

test("changed keys are remembered for each person apart; what is stored wrongly is left out", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const first = rememberedKeys(storage, 1);
  first.bind("undo", "Backspace");
  expect(rememberedKeys(storage, 1).keysOf("undo")).toEqual(["Backspace"]);
  expect(rememberedKeys(storage, 2).keysOf("undo")).toEqual(["z", "Ctrl+z"]);
  kept.set("s2v.keys.3", JSON.stringify({ undo: "u", fly: ["f"], redo: ["Ctrl+r"] }));
  expect(rememberedKeys(storage, 3).changes.value).toEqual({ redo: ["Ctrl+r"] });
  kept.set("s2v.keys.3", "{");
  expect(rememberedKeys(storage, 3).changes.value).toEqual({});
});

test("every action has a command and every command is an action", () => {
  const review = reviewCommands({} as ReviewStore, anyWorkspace());
  const names = [...commandsOf(anyWorkspace()).keys(), ...review.keys()];
  expect(names.sort()).toEqual(Object.keys(ACTIONS).sort());
});
