/** Colours for new labels: Okabe and Ito's colour-blind-safe set, brightened for a dark ground, then further hues. */

export const PALETTE: readonly string[] = [
  "#56b4e9",
  "#e69f00",
  "#2fbf8f",
  "#f0e442",
  "#e0723a",
  "#d58bb8",
  "#5b8def",
  "#b8d36b",
  "#c9a3f5",
  "#4fd6d2",
  "#f2a3a0",
  "#a98f6b",
  "#8fa7c2",
  "#e3c07a",
  "#7fcf6a",
  "#d16a9a",
];

/** The first colour of the palette that is not in use; the palette starts again when all are. */
export function nextColour(used: readonly string[]): string {
  const taken = new Set(used.map((colour) => colour.toLowerCase()));
  return PALETTE.find((colour) => !taken.has(colour)) ?? (PALETTE[used.length % PALETTE.length] as string);
}
