/** Colour maps of the image: 256 colours from the darkest to the brightest value. */

export const COLOUR_MAPS = ["grey", "inverted", "hot", "viridis"] as const;
export type ColourMap = (typeof COLOUR_MAPS)[number];

type Rgb = readonly [number, number, number];

/** Colours at equal distances, with straight lines between them. */
const STOPS: Record<ColourMap, readonly Rgb[]> = {
  grey: [
    [0, 0, 0],
    [255, 255, 255],
  ],
  inverted: [
    [255, 255, 255],
    [0, 0, 0],
  ],
  hot: [
    [0, 0, 0],
    [128, 0, 0],
    [255, 0, 0],
    [255, 128, 0],
    [255, 255, 0],
    [255, 255, 255],
  ],
  // Rises evenly in lightness and stays apart for colour-blind eyes: violet, blue, green, yellow.
  viridis: [
    [68, 1, 84],
    [65, 68, 135],
    [42, 120, 142],
    [34, 168, 132],
    [122, 209, 81],
    [253, 231, 37],
  ],
};

/** RGBA bytes of the 256 colours. */
export function colourTable(map: ColourMap): Uint8Array<ArrayBuffer> {
  const stops = STOPS[map];
  const table = new Uint8Array(256 * 4);
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    const share = place - below;
    const [from, to] = [stops[below] as Rgb, stops[below + 1] as Rgb];
    table.set(
      from.map((value, channel) => Math.round(value + ((to[channel] as number) - value) * share)),
      level * 4,
    );
    table[level * 4 + 3] = 255;
  }
  return table;
}
