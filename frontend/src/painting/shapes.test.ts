import { describe, expect, test } from "vitest";
import type { Triple } from "./brush";
import { flood } from "./flood";
import { fillOutline } from "./outline";
import { alike, parted } from "./smartEdge";

/** A slice at z = 1, drawn. */
const PICTURE = ["..........", ".#######..", ".#.....#..", ".#..#..#..", ".#.....#..", ".#######.#"];
const SHAPE: Triple = [3, PICTURE.length, 10];
const sign = ([, y, x]: Triple) => PICTURE[y]?.[x] ?? "";

describe("a flood", () => {
  test("fills the hole in a ring, around what stands in it: 15 voxels without the one in the middle", () => {
    const { voxels, isOpen } = flood(SHAPE, 0, [1, 2, 2], (voxel) => sign(voxel) === ".");
    expect(voxels.length).toBe(3 * 5 - 1);
    expect(isOpen).toBe(false);
    expect(voxels.every(([z]) => z === 1)).toBe(true);
  });

  test("says that it is open where it reaches the edge of the slice", () => {
    expect(flood(SHAPE, 0, [1, 0, 0], (voxel) => sign(voxel) === ".").isOpen).toBe(true);
  });

  test("does not go through corners", () => {
    const { voxels } = flood(SHAPE, 0, [1, 5, 9], (voxel) => sign(voxel) === "#");
    expect(voxels).toEqual([[1, 5, 9]]);
  });

  test("of a voxel that does not belong is nothing", () => {
    expect(flood(SHAPE, 0, [1, 3, 4], (voxel) => sign(voxel) === ".").voxels).toEqual([]);
  });

  test("runs in any plane", () => {
    expect(flood([3, 4, 5], 2, [0, 0, 2], () => true).voxels.length).toBe(12);
    expect(flood([3, 4, 5], 1, [0, 2, 0], () => true).voxels.length).toBe(15);
  });
});

function inside(outline: readonly (readonly [number, number])[]): string[] {
  const found: string[] = [];
  fillOutline(
    [3, 9, 9],
    0,
    outline.map(([y, x]) => [1, y, x] as const),
    ([z, y, x]) => found.push(`${z} ${y} ${x}`),
  );
  return found.sort();
}

describe("an outline", () => {
  test("around six voxels holds these six", () => {
    const found = inside([
      [1.5, 2.5],
      [1.5, 5.5],
      [3.5, 5.5],
      [3.5, 2.5],
    ]);
    expect(found).toEqual(["1 2 3", "1 2 4", "1 2 5", "1 3 3", "1 3 4", "1 3 5"]);
  });

  test("of a triangle holds the centres within it", () => {
    const found = inside([
      [0.5, 0.5],
      [0.5, 4.5],
      [4.5, 0.5],
    ]);
    expect(found).toEqual(["1 1 1", "1 1 2", "1 1 3", "1 1 4", "1 2 1", "1 2 2", "1 2 3", "1 3 1", "1 3 2", "1 4 1"]);
  });

  test("that crosses itself leaves out what it encloses twice", () => {
    const twice: [number, number][] = [
      [0.5, 0.5],
      [0.5, 3.5],
      [3.5, 3.5],
      [3.5, 0.5],
    ];
    expect(inside([...twice, ...twice])).toEqual([]);
  });

  test("beside the volume holds what is in it", () => {
    expect(
      inside([
        [-5, -5],
        [-5, 0.5],
        [0.5, 0.5],
        [0.5, -5],
      ]),
    ).toEqual(["1 0 0"]);
  });
});

describe("a smart edge", () => {
  test("parts two groups between them, and noise not at all", () => {
    const { at, isEdge } = parted([10, 11, 12, 90, 91, 92]);
    expect(isEdge).toBe(true);
    expect(at).toBeGreaterThan(12);
    expect(at).toBeLessThanOrEqual(90);
    expect(parted([10, 12, 14, 16, 18, 20, 22]).isEdge).toBe(false);
    expect(parted([5, 5, 5]).isEdge).toBe(false);
  });

  test("keeps the side of the middle that is connected to it", () => {
    const row = [100, 101, 99, 20, 21, 100];
    const under = row.map((_, x): Triple => [0, 0, x]);
    const found = alike(under, [0, 0, 1], ([, , x]) => row[x] ?? 0).map(([, , x]) => x);
    expect(found.sort()).toEqual([0, 1, 2]);
  });
});
