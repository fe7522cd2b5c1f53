import { expect, test } from "vitest";
import { sliceAt } from "./slicePictures";

const BOX = { left: 100, width: 200 };

test("each slice has its share of the chart's width", () => {
  expect(sliceAt(BOX, 100, 4)).toBe(0);
  expect(sliceAt(BOX, 149, 4)).toBe(0);
  expect(sliceAt(BOX, 150, 4)).toBe(1);
  expect(sliceAt(BOX, 299, 4)).toBe(3);
});

test("beside the chart is its first or its last slice", () => {
  expect(sliceAt(BOX, 20, 4)).toBe(0);
  expect(sliceAt(BOX, 300, 4)).toBe(3);
});
