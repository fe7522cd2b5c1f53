/** A person's own keys, kept in the browser. */

import { effect } from "@preact/signals";
import { ACTIONS, type KeyChanges, KeyMap } from "./keymap";

/** The key map of a user; whatever is changed in it is there again the next time. */
export function rememberedKeys(storage: Pick<Storage, "getItem" | "setItem"> | null, user: number): KeyMap {
  const place = `s2v.keys.${user}`;
  const keymap = new KeyMap(stored(storage, place));
  effect(() => {
    const changes = JSON.stringify(keymap.changes.value);
    try {
      storage?.setItem(place, changes);
    } catch {
      // A full or forbidden storage costs the change, nothing else.
    }
  });
  return keymap;
}

function stored(storage: Pick<Storage, "getItem"> | null, place: string): KeyChanges {
  try {
    const found = JSON.parse(storage?.getItem(place) ?? "{}") as Record<string, unknown>;
    const isMeant = ([action, keys]: [string, unknown]) =>
      action in ACTIONS && Array.isArray(keys) && keys.every((key) => typeof key === "string");
    return Object.fromEntries(Object.entries(found).filter(isMeant)) as KeyChanges;
  } catch {
    return {};
  }
}
