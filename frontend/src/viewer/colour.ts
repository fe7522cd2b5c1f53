import type { Colour } from "../render/sliceRenderer";

/** "#rrggbb" as bytes; anything else is grey. */
export function parseColour(text: string): Colour {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!match) return { red: 148, green: 163, blue: 184 };
  const [red, green, blue] = match.slice(1).map((pair) => Number.parseInt(pair, 16)) as [number, number, number];
  return { red, green, blue };
}
