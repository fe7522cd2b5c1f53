import { describe, expect, it } from "vitest";
import { type Camera, FACING, inside, inverted, projected, raysOf, turned } from "./camera";
import type { Triple } from "./planeView";

/** x to the left, y to the back, z upwards; 1 x 1 x 4 mm. */
const AFFINE = [
  [-1, 0, 0, 50],
  [0, -1, 0, 50],
  [0, 0, 4, -30],
  [0, 0, 0, 1],
];
const SHAPE: Triple = [11, 41, 61];
const RECT = { left: 300, top: 0, width: 400, height: 300 };
const FRONT: Camera = { yaw: 0, pitch: 0, zoom: 1, panX: 0, panY: 0 };
const MIDDLE: Triple = [5, 20, 30];

describe("the camera", () => {
  it("looks at the face: the patient's left is on the right, the head is up", () => {
    const rays = raysOf(FRONT, RECT, SHAPE, AFFINE);
    const middle = projected(rays, MIDDLE);
    expect([middle.x, middle.y].map((at) => at.toFixed(3))).toEqual(["200.000", "150.000"]);
    const left = projected(rays, [5, 20, 40]);
    expect(left.x).toBeGreaterThan(middle.x);
    expect(left.y).toBeCloseTo(middle.y);
    const head = projected(rays, [8, 20, 30]);
    expect(head.y).toBeLessThan(middle.y);
    // 3 slices of 4 mm against 10 voxels of 1 mm.
    expect((middle.y - head.y) / (left.x - middle.x)).toBeCloseTo(1.2);
    // Rays go from the face to the back, in millimetres.
    expect(rays.along.map((at) => Math.round(at * 1000) / 1000 + 0)).toEqual([0, 1, 0]);
  });

  it("knows how deep a voxel lies: the middle at 0, towards the back in millimetres", () => {
    const rays = raysOf(FRONT, RECT, SHAPE, AFFINE);
    expect(projected(rays, MIDDLE).depth_mm).toBeCloseTo(0);
    expect(projected(rays, [9, 27, 3]).depth_mm).toBeCloseTo(7);
  });

  it("goes round to the patient's right, and over the head", () => {
    const rightSide = raysOf(turned(FRONT, Math.PI / 2, 0), RECT, SHAPE, AFFINE);
    expect(rightSide.viewer[0]).toBeCloseTo(1);
    expect(projected(rightSide, [5, 0, 30]).x).toBeGreaterThan(projected(rightSide, MIDDLE).x);
    expect(raysOf(turned(FRONT, 0, 9), RECT, SHAPE, AFFINE).viewer[2]).toBeGreaterThan(0.99);
  });

  it("passes through the voxel that is seen at a pixel", () => {
    const rays = raysOf({ ...FACING, zoom: 2, panX: 13, panY: -7 }, RECT, SHAPE, AFFINE);
    const voxel: Triple = [2, 33, 12];
    const { x, y } = projected(rays, voxel);
    const ray = inside(rays, x, y, SHAPE);
    if (!ray) throw new Error("The ray misses the volume.");
    const nearest = Math.min(
      ...Array.from({ length: 2001 }, (_, step) => {
        const t = ray.near + ((ray.far - ray.near) * step) / 2000;
        const at = ray.start.map((place, axis) => place + t * rays.along[axis]!);
        return Math.hypot(at[0]! - 12, at[1]! - 33, at[2]! - 2);
      }),
    );
    expect(nearest).toBeLessThan(0.1);
  });

  it("has rays that miss the volume, and others that cross all of it", () => {
    const rays = raysOf(FRONT, RECT, SHAPE, AFFINE);
    expect(inside(rays, 1, 1, SHAPE)).toBeNull();
    const through = inside(rays, 200, 150, SHAPE);
    expect((through?.far ?? 0) - (through?.near ?? 0)).toBeCloseTo(41);
  });

  it("inverts a sheared matrix", () => {
    const matrix = [
      [2, 1, 0],
      [0, 4, 0.5],
      [1, 0, 3],
    ];
    const inverse = inverted(matrix);
    const product = [0, 1, 2].map((row) =>
      [0, 1, 2].map((column) => [0, 1, 2].reduce((sum, k) => sum + matrix[row]![k]! * inverse[k]![column]!, 0)),
    );
    for (const [row, values] of product.entries()) {
      for (const [column, value] of values.entries()) expect(value).toBeCloseTo(row === column ? 1 : 0);
    }
  });
});
