/**
 * Colours for new labels. The first ten stay apart for eyes without one kind of cones too (palette.test.ts measures
 * it), and all are bright enough for a dark ground.
 */

export const PALETTE: readonly string[] = [
  "#56b4e9",
  "#e69f00",
  "#d92656",
  "#9a39ef",
  "#ecda93",
  "#bf4095",
  "#5ff2e8",
  "#ec1313",
  "#adf25f",
  "#7b5ec9",
  "#dfa89f",
  "#f2725f",
  "#d47dab",
  "#9889f5",
  "#cbef39",
  "#9fc1df",
];

/** The first colour of the palette that is not in use; the palette starts again when all are. */
export function nextColour(used: readonly string[]): string {
  const taken = new Set(used.map((colour) => colour.toLowerCase()));
  return PALETTE.find((colour) => !taken.has(colour)) ?? (PALETTE[used.length % PALETTE.length] as string);
}
