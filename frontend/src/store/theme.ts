/** Light or dark: what the system says, until a person chooses. The choice is a cookie, so that pages come in it. */

import { type ReadonlySignal, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const COOKIE = "s2v_theme";
const A_YEAR_S = 31_536_000;

function darkOutside(): MediaQueryList | null {
  return typeof window === "undefined" ? null : (window.matchMedia?.("(prefers-color-scheme: dark)") ?? null);
}

function shown(): Theme {
  const chosen = typeof document === "undefined" ? undefined : document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return darkOutside()?.matches === false ? "light" : "dark";
}

const current = signal<Theme>(shown());
darkOutside()?.addEventListener("change", () => {
  current.value = shown();
});

/** What is on screen now. */
export const theme: ReadonlySignal<Theme> = current;

export function switchTheme(): void {
  const wanted: Theme = current.value === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = wanted;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser
  document.cookie = `${COOKIE}=${wanted}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
  current.value = wanted;
}
