import { expect, test } from "vitest";
import { COLOUR_MAPS, colourTable } from "./colourMaps";

function lightness(table: Uint8Array, level: number): number {
  const [red, green, blue] = table.subarray(level * 4, level * 4 + 3) as unknown as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each(COLOUR_MAPS)("%s goes one way in lightness, so that no value looks like another", (map) => {
  const table = colourTable(map);
  const way = map === "inverted" ? -1 : 1;
  for (let level = 1; level < 256; level++) {
    expect(way * (lightness(table, level) - lightness(table, level - 1))).toBeGreaterThan(-0.75);
  }
  expect(Math.abs(lightness(table, 255) - lightness(table, 0))).toBeGreaterThan(180);
});

test("grey is the value itself, inverted its opposite", () => {
  expect([...colourTable("grey").subarray(100 * 4, 101 * 4)]).toEqual([100, 100, 100, 255]);
  expect([...colourTable("inverted").subarray(100 * 4, 101 * 4)]).toEqual([155, 155, 155, 255]);
});
