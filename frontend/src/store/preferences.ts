/** How this person likes the workspace to look; kept in the browser, never needed for correctness. */

export interface Preferences {
  /** Opacity of masks, 0..1. */
  opacity: number;
  shortcutsSeen: boolean;
}

const KEY = "s2v.preferences";
const DEFAULTS: Preferences = { opacity: 0.45, shortcutsSeen: false };

export function loadPreferences(storage: Pick<Storage, "getItem"> | null): Preferences {
  try {
    const stored = JSON.parse(storage?.getItem(KEY) ?? "{}") as Partial<Preferences>;
    const opacity = Number(stored.opacity ?? DEFAULTS.opacity);
    return {
      opacity: opacity >= 0 && opacity <= 1 ? opacity : DEFAULTS.opacity,
      shortcutsSeen: stored.shortcutsSeen === true,
    };
  } catch {
    return DEFAULTS;
  }
}

export function savePreferences(storage: Pick<Storage, "setItem"> | null, preferences: Preferences): void {
  try {
    storage?.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A full or forbidden storage costs the preference, nothing else.
  }
}
