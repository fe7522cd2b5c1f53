/** Which keys do what. The only place that knows keys; everything else speaks of actions. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { OPERATION_ACTIONS } from "./operationActions";
import { PAINT_ACTIONS } from "./paintActions";
import { VIEW_ACTIONS } from "./viewActions";

export interface ActionDescription {
  readonly group: "Prompts" | "Painting" | "Labels" | "Slices" | "Operations" | "Display" | "Views" | "Review" | "Help";
  readonly says: string;
  readonly keys: readonly string[];
}

function numbered(count: number, make: (n: number) => ActionDescription): Record<string, ActionDescription> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index + 1), make(index + 1)]));
}

function prefixed(prefix: string, actions: Record<string, ActionDescription>): Record<string, ActionDescription> {
  return Object.fromEntries(Object.entries(actions).map(([name, action]) => [`${prefix}.${name}`, action]));
}

/** Every action with its default keys. A key is written as the browser names it, modifiers first: `Ctrl+Shift+z`. */
export const ACTIONS: Readonly<Record<string, ActionDescription>> = {
  "prompt.polarity": { group: "Prompts", says: "Switch between adding to and removing from the label", keys: ["t"] },
  "tool.point": { group: "Prompts", says: "Points: click where the label is", keys: ["p"] },
  "tool.scribble": { group: "Prompts", says: "Scribble: draw a line inside the label", keys: ["s"] },
  "tool.box": { group: "Prompts", says: "Box: draw one around the label", keys: ["b"] },
  "tool.lasso": { group: "Prompts", says: "Lasso: draw along the label's border", keys: ["l"] },
  undo: { group: "Prompts", says: "Undo my last edit", keys: ["z", "Ctrl+z"] },
  redo: { group: "Prompts", says: "Redo", keys: ["y", "Ctrl+y", "Ctrl+Shift+z"] },
  "prompt.next": { group: "Prompts", says: "Go to the next prompt", keys: ["."] },
  "prompt.previous": { group: "Prompts", says: "Go to the previous prompt", keys: [","] },
  "prompt.remove": { group: "Prompts", says: "Take back the chosen prompt", keys: ["Delete"] },

  ...PAINT_ACTIONS,

  ...prefixed(
    "label",
    numbered(9, (n) => ({ group: "Labels", says: `Select label ${n}`, keys: [String(n)] })),
  ),
  "label.previous": { group: "Labels", says: "Previous label", keys: ["q"] },
  "label.next": { group: "Labels", says: "Next label", keys: ["w", "e"] },
  "label.add": { group: "Labels", says: "Add a label", keys: ["n"] },
  "label.hide": { group: "Labels", says: "Hide or show the active label", keys: ["Shift+h"] },

  "slice.next": { group: "Slices", says: "Next slice", keys: ["ArrowUp", "ArrowRight"] },
  "slice.previous": { group: "Slices", says: "Previous slice", keys: ["ArrowDown", "ArrowLeft"] },
  "slice.forward": { group: "Slices", says: "Ten slices on", keys: ["PageUp"] },
  "slice.back": { group: "Slices", says: "Ten slices back", keys: ["PageDown"] },
  "slice.first": { group: "Slices", says: "First slice", keys: ["Home"] },
  "slice.doubtful": { group: "Slices", says: "Where the model is least sure and I have not looked", keys: ["g"] },
  "slice.last": { group: "Slices", says: "Last slice", keys: ["End"] },

  "masks.toggle": { group: "Display", says: "Hide or show all masks", keys: ["h"] },
  "masks.more": { group: "Display", says: "Masks more opaque", keys: ["+", "="] },
  "masks.less": { group: "Display", says: "Masks more transparent", keys: ["-"] },
  "view.reset": { group: "Display", says: "Reset zoom and position", keys: ["r"] },
  ...prefixed(
    "window",
    numbered(6, (n) => ({ group: "Display", says: `Window preset ${n}`, keys: [`Shift+${n}`] })),
  ),

  ...OPERATION_ACTIONS,

  ...VIEW_ACTIONS,

  "review.open": { group: "Review", says: "Submit, review, remarks", keys: ["Ctrl+Enter"] },
  "review.remark": { group: "Review", says: "Next open remark", keys: ["Shift+n"] },

  save: { group: "Help", says: "Check that everything is saved", keys: ["Ctrl+s"] },
  help: { group: "Help", says: "Show or hide these shortcuts", keys: ["?"] },
  tour: { group: "Help", says: "The two-minute tour", keys: ["F1"] },
  close: { group: "Help", says: "Cancel the stroke, close what is open", keys: ["Escape"] },
};

export type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** The written form of a key press, e.g. `Ctrl+Shift+z`; digits go by place, so that they work on any layout. */
export function writtenKey(press: KeyPress): string {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(press.code)?.[1];
  const letter = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const key = digit ?? letter;
  // A sign such as `?` needs Shift on some layouts and not on others: Shift is already in the sign.
  const isSign = key.length === 1 && !/[a-z0-9]/.test(key);
  const modifiers = [
    press.ctrlKey || press.metaKey ? "Ctrl" : "",
    press.altKey ? "Alt" : "",
    press.shiftKey && !isSign ? "Shift" : "",
  ];
  return [...modifiers.filter(Boolean), key].join("+");
}

/** The keys of single actions, where they are not the default ones. */
export type KeyChanges = Readonly<Record<string, readonly string[]>>;

export class KeyMap {
  readonly changes: Signal<KeyChanges>;
  private readonly actions: ReadonlySignal<ReadonlyMap<string, string>>;

  constructor(changes: KeyChanges = {}) {
    this.changes = signal(changes);
    this.actions = computed(() => {
      const bound = new Map<string, string>();
      for (const action of Object.keys(ACTIONS)) for (const key of this.keysOf(action)) bound.set(key, action);
      return bound;
    });
  }

  actionFor(press: KeyPress): string | undefined {
    return this.ownerOf(writtenKey(press));
  }

  /** The action that a written key does now. */
  ownerOf(key: string): string | undefined {
    return this.actions.value.get(key);
  }

  keysOf(action: string): readonly string[] {
    return this.changes.value[action] ?? ACTIONS[action]?.keys ?? [];
  }

  /** Give an action this key alone; whoever had it loses it. */
  bind(action: string, key: string): void {
    const owner = this.ownerOf(key);
    const taken = owner && owner !== action ? { [owner]: this.keysOf(owner).filter((other) => other !== key) } : {};
    this.changes.value = { ...this.changes.value, ...taken, [action]: [key] };
  }

  /** All keys as they were at first. */
  reset(): void {
    this.changes.value = {};
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "Page ↑",
  PageDown: "Page ↓",
  Escape: "Esc",
};

/** The caps to draw for a written key. */
export function keyCaps(written: string): string[] {
  const parts = written === "+" ? ["+"] : written.split("+");
  return parts.map((part) => WORDS[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

/** Whether the focus is where typing means text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable || target.matches("input:not([type=range],[type=checkbox],[type=radio]), textarea, select")
  );
}
