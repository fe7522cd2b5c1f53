import { describe, expect, it } from "vitest";
import { planesOf } from "./orientation";
import { FITTED, PlaneView, type Triple } from "./planeView";

const LPS = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];
const SHAPE: Triple = [10, 20, 40];
const RECT = { left: 100, top: 0, width: 400, height: 400 };

function view(plane: "axial" | "coronal", spacing: Triple = [5, 1, 1], look = FITTED) {
  return new PlaneView(planesOf(LPS)[plane], RECT, SHAPE, spacing, look);
}

describe("PlaneView", () => {
  it("gives thick slices their height in millimetres", () => {
    const coronal = view("coronal");
    expect(coronal.voxelHeight / coronal.voxelWidth).toBeCloseTo(5);
  });

  it("finds the voxel again whose centre it was asked for", () => {
    for (const voxel of [
      [3, 0, 0],
      [3, 19, 39],
      [3, 7, 21],
    ] as const) {
      const { x, y } = view("axial").pointOf(voxel);
      expect(view("axial").voxelAt(x, y, 3)).toEqual(voxel);
    }
  });

  it("finds places between centres too, along flipped axes as well", () => {
    const there: Triple = [3, 7.25, 21.5];
    const { x, y } = view("axial").pointOf(there);
    const found = view("axial").placeAt(x, y, 3);
    expect(found.map((at) => at.toFixed(6))).toEqual(there.map((at) => at.toFixed(6)));
  });

  it("knows that a click beside the slice is on no voxel", () => {
    expect(view("axial").voxelAt(101, 1, 3)).toBeNull();
  });

  it("gives a stroke that leaves the slice the voxel at its edge", () => {
    const { x, y } = view("axial").pointOf([3, 7, 21]);
    expect(view("axial").nearestVoxel(x, y, 3)).toEqual([3, 7, 21]);
    const ends = [view("axial").nearestVoxel(-1000, y, 3), view("axial").nearestVoxel(5000, y, 3)];
    expect(ends.map((voxel) => voxel[2]).sort((a, b) => a - b)).toEqual([0, 39]);
    expect(ends.map((voxel) => voxel[1])).toEqual([7, 7]);
  });

  it("keeps the pixel under the pointer while zooming", () => {
    const before = view("axial");
    const look = before.zoomedAt(250, 130, 2.5);
    const after = view("axial", [5, 1, 1], look);
    const start = before.voxelAt(250, 180, 3);
    expect(start).not.toBeNull();
    expect(after.scale).toBeCloseTo(before.scale * 2.5);
    const point = before.pointOf([3, 10, 20]);
    const moved = after.pointOf([3, 10, 20]);
    expect(moved.x - 250).toBeCloseTo((point.x - 250) * 2.5);
    expect(moved.y - 130).toBeCloseTo((point.y - 130) * 2.5);
  });
});
