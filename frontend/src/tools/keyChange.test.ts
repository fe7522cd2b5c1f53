// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { keyChangeOf } from "./keyChange";
import { KeyMap } from "./keymap";

function pressed(key: string, given: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...given });
  document.body.dispatchEvent(event);
  return event;
}

test("the next key is the action's; one that does something already is not taken without asking", () => {
  const keymap = new KeyMap();
  const change = keyChangeOf(keymap);
  expect(pressed("F9").defaultPrevented).toBe(false);

  change.value = { action: "undo", wanted: null };
  pressed("Shift", { shiftKey: true });
  expect(pressed("F9", { shiftKey: true }).defaultPrevented).toBe(true);
  expect([keymap.keysOf("undo"), change.value]).toEqual([["Shift+F9"], null]);

  change.value = { action: "undo", wanted: null };
  pressed("y");
  expect(change.value).toEqual({ action: "undo", wanted: "y" });
  expect([keymap.keysOf("undo"), keymap.ownerOf("y")]).toEqual([["Shift+F9"], "redo"]);

  change.value = { action: "undo", wanted: null };
  pressed("Escape");
  expect([keymap.keysOf("undo"), change.value]).toEqual([["Shift+F9"], null]);
});
