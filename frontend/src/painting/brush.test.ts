import { describe, expect, test } from "vitest";
import { type Brush, type Grid, sweep, type Triple } from "./brush";

function covered(grid: Grid, brush: Brush, from: Triple, to: Triple = from): string[] {
  const found = new Set<string>();
  sweep(grid, brush, from, to, (voxel) => found.add(voxel.join()));
  return [...found].sort();
}

const CUBES: Grid = { shape: [9, 9, 9], spacing_mm: [1, 1, 1] };

describe("the brush", () => {
  test("of 1 mm on voxels of 1 mm is a plus: five voxels", () => {
    expect(covered(CUBES, { radius_mm: 1, flat: 0 }, [4, 4, 4])).toEqual(["4,3,4", "4,4,3", "4,4,4", "4,4,5", "4,5,4"]);
  });

  test("of 2 mm on rows 2 mm apart has five voxels in its own row and one above and below", () => {
    const grid: Grid = { shape: [9, 9, 9], spacing_mm: [1, 2, 1] };
    expect(covered(grid, { radius_mm: 2, flat: 0 }, [4, 4, 4])).toEqual([
      "4,3,4",
      "4,4,2",
      "4,4,3",
      "4,4,4",
      "4,4,5",
      "4,4,6",
      "4,5,4",
    ]);
  });

  test("as a ball of 1 mm is a voxel and its six neighbours", () => {
    expect(covered(CUBES, { radius_mm: 1, flat: null }, [4, 4, 4]).length).toBe(7);
  });

  test("as a ball reaches one slice where slices are 3 mm apart and it has 3 mm, none where it has less", () => {
    const grid: Grid = { shape: [9, 9, 9], spacing_mm: [3, 1, 1] };
    const slices = (radius_mm: number) => [
      ...new Set(covered(grid, { radius_mm, flat: null }, [4, 4, 4]).map((voxel) => voxel[0])),
    ];
    expect(slices(3)).toEqual(["3", "4", "5"]);
    expect(slices(2.9)).toEqual(["4"]);
  });

  test("that is smaller than a voxel paints the voxel under the pointer", () => {
    expect(covered(CUBES, { radius_mm: 0.1, flat: 0 }, [4, 4.4, 3.6])).toEqual(["4,4,4"]);
  });

  test("leaves no gap on a long way: a band three voxels wide with round ends", () => {
    const band = covered(CUBES, { radius_mm: 1, flat: 0 }, [4, 4, 2], [4, 4, 6]);
    expect(band.length).toBe(3 * 5 + 2);
    expect(band).toContain("4,3,2");
    expect(band).not.toContain("4,3,1");
  });

  test("stays in its plane and in the volume", () => {
    expect(covered(CUBES, { radius_mm: 2, flat: 2 }, [0, 0, 8]).every((voxel) => voxel.endsWith(",8"))).toBe(true);
    expect(covered(CUBES, { radius_mm: 1, flat: 0 }, [0, 0, -3])).toEqual([]);
  });
});
