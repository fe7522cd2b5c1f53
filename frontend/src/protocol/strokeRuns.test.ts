import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Malformed } from "./parse";
import { decodeStroke, encodeStroke } from "./strokeRuns";

interface Fixtures {
  strokes: { name: string; shape: number[]; inside: number[]; runs: string }[];
  refused: { name: string; shape: number[]; runs: string }[];
}
const place = new URL("../../../tests/contract/strokes.json", import.meta.url);
const { strokes, refused } = JSON.parse(readFileSync(place, "utf8")) as Fixtures;
const voxelsOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

describe("pixels of strokes", () => {
  test.each(strokes)("$name are coded as the server reads them", ({ shape, inside, runs }) => {
    expect(encodeStroke(Uint8Array.from(inside))).toBe(runs);
    expect([...decodeStroke(runs, voxelsOf(shape))]).toEqual(inside);
  });

  test.each(refused)("$name is refused", ({ shape, runs }) => {
    expect(() => decodeStroke(runs, voxelsOf(shape))).toThrow(Malformed);
  });

  test.each([1, 127, 128, 16_384, 70_001])("a stroke in %i voxels comes back as it was", (voxels) => {
    const inside = Uint8Array.from({ length: voxels }, (_, index) => (index % 7 < 3 ? 1 : 0));
    expect(decodeStroke(encodeStroke(inside), voxels)).toEqual(inside);
  });
});
