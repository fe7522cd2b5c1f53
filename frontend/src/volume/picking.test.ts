import { expect, test } from "vitest";
import { projected, raysOf } from "../geometry/camera";
import { brightest, firstShown, onSlice } from "./picking";

// x to the left, y to the back, z upwards; the camera looks at the face.
const AFFINE = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [0, 0, 2, 0],
  [0, 0, 0, 1],
];
const volume = { shape: [10, 20, 30], spacing_mm: [2, 1, 1] } as const;
const RECT = { left: 0, top: 0, width: 300, height: 300 };
const front = raysOf({ yaw: 0, pitch: 0, zoom: 1, panX: 0, panY: 0 }, RECT, volume.shape, AFFINE);

test("a click finds the foremost label that is shown", () => {
  const { x, y } = projected(front, [4, 12, 9]);
  const labels = new Map([
    ["4,12,9", 1],
    ["4,5,9", 2],
    ["4,3,10", 1],
  ]);
  const labelled = (wanted: readonly number[]) => (voxel: readonly number[]) =>
    wanted.includes(labels.get(voxel.join()) ?? 0);
  expect(firstShown(front, x, y, volume, labelled([1, 2]))).toEqual([4, 5, 9]);
  expect(firstShown(front, x, y, volume, labelled([1]))).toEqual([4, 12, 9]);
  expect(firstShown(front, x, y, volume, labelled([7]))).toBeNull();
  expect(firstShown(front, 1, 1, volume, () => true)).toBeNull();
});

test("in a projection it finds the brightest voxel, slices that have not come in being dark", () => {
  const { x, y } = projected(front, [4, 12, 9]);
  const value = (voxel: readonly number[]) => (voxel[1] === 15 ? null : voxel[1] === 12 ? 900 : (voxel[1] as number));
  expect(brightest(front, x, y, volume, value)).toEqual([4, 12, 9]);
});

test("on an oblique slice it finds the voxel that is seen there, and none beside the volume", () => {
  const oblique = raysOf({ yaw: 0.7, pitch: -0.4, zoom: 1, panX: 5, panY: 9 }, RECT, volume.shape, AFFINE);
  const { x, y, depth_mm } = projected(oblique, [7, 3, 22]);
  expect(onSlice(oblique, x, y, volume, depth_mm)).toEqual([7, 3, 22]);
  expect(onSlice(oblique, -500, y, volume, depth_mm)).toBeNull();
});
