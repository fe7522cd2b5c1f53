import { expect, test } from "vitest";
import { ImageVolume } from "./imageVolume";

test("values are known where they have come in, in real units", () => {
  const image = new ImageVolume([3, 1, 2], 0.5, -10);
  expect(image.valueAt([1, 0, 1])).toBeNull();
  image.take({ start: 1, stop: 2, voxels: Int16Array.of(4, 60) });
  expect([image.valueAt([1, 0, 0]), image.valueAt([1, 0, 1]), image.valueAt([2, 0, 0])]).toEqual([-8, 20, null]);
  image.take({ start: 1, stop: 3, voxels: Int16Array.of(4, 60, 0, 20) });
  expect([image.loaded, image.valueAt([2, 0, 1])]).toEqual([2, 0]);
});

test("a window of real values is one of stored values", () => {
  expect(new ImageVolume([1, 1, 1], 0.5, -10).storedWindow({ center: 40, width: 20 })).toEqual({ low: 80, high: 120 });
});
