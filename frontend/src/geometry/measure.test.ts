import { describe, expect, it } from "vitest";
import { angle_degrees, length_mm } from "./measure";

/** Voxels 0.5 mm along x, 2 mm along y, 5 mm along z; x runs towards the left. */
const FLAT = [
  [-0.5, 0, 0, 10],
  [0, 2, 0, -20],
  [0, 0, 5, 3],
  [0, 0, 0, 1],
];

describe("length_mm", () => {
  it("takes each axis by its own spacing", () => {
    expect(length_mm(FLAT, [0, 0, 0], [0, 0, 8])).toBeCloseTo(4);
    expect(length_mm(FLAT, [0, 0, 0], [0, 3, 0])).toBeCloseTo(6);
    expect(length_mm(FLAT, [2, 0, 0], [0, 0, 0])).toBeCloseTo(10);
  });

  it("measures across axes by Pythagoras: 6 voxels of 0.5 mm and 2 of 2 mm are 5 mm", () => {
    expect(length_mm(FLAT, [7, 1, 1], [7, 3, 7])).toBeCloseTo(5);
  });

  it("measures between voxels", () => {
    expect(length_mm(FLAT, [0, 0, 0.25], [0, 0, 1])).toBeCloseTo(0.375);
  });

  it("is right in a turned volume: 3-4-5 with axes at 30 degrees", () => {
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const turned = [
      [cos, -2 * sin, 0, 0],
      [sin, 2 * cos, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    expect(length_mm(turned, [0, 0, 0], [0, 2, 3])).toBeCloseTo(5);
  });
});

describe("angle_degrees", () => {
  it("is 45 degrees where 4 voxels of 0.5 mm meet 1 of 2 mm, though it is steep on the voxels' own grid", () => {
    expect(angle_degrees(FLAT, [0, 0, 4], [0, 0, 0], [0, 1, 4])).toBeCloseTo(45);
  });

  it("knows right, straight and no angles", () => {
    expect(angle_degrees(FLAT, [0, 0, 5], [0, 0, 0], [0, 5, 0])).toBeCloseTo(90);
    expect(angle_degrees(FLAT, [0, 0, 0], [0, 2, 2], [0, 4, 4])).toBeCloseTo(180);
    expect(angle_degrees(FLAT, [0, 3, 3], [0, 1, 1], [0, 2, 2])).toBeCloseTo(0);
    expect(angle_degrees(FLAT, [1, 1, 1], [1, 1, 1], [0, 0, 0])).toBeNull();
  });
});
