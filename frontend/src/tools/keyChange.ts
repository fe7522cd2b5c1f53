/** Giving an action another key: the next key that is pressed is the one, unless it does something already. */

import { type Signal, signal } from "@preact/signals";
import { type KeyMap, writtenKey } from "./keymap";

export interface KeyChange {
  readonly action: string;
  /** A key that belongs to another action; null while a key is waited for. */
  readonly wanted: string | null;
}

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph"]);
/** Without these nobody could move the focus or leave. */
const RESERVED = new Set(["Tab", "Shift+Tab", "Escape"]);

/** The change under way; it listens before all other keys do. */
export function keyChangeOf(keymap: KeyMap): Signal<KeyChange | null> {
  const change = signal<KeyChange | null>(null);
  window.addEventListener(
    "keydown",
    (event) => {
      const now = change.value;
      if (now === null || now.wanted !== null || MODIFIERS.has(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const key = writtenKey(event);
      if (RESERVED.has(key)) {
        change.value = null;
        return;
      }
      const owner = keymap.ownerOf(key);
      if (owner && owner !== now.action) {
        change.value = { ...now, wanted: key };
        return;
      }
      keymap.bind(now.action, key);
      change.value = null;
    },
    { capture: true },
  );
  return change;
}
