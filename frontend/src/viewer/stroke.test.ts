import { describe, expect, it } from "vitest";
import { planesOf } from "../geometry/orientation";
import { connected, Stroke } from "./stroke";

const IDENTITY = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];
const AXIAL = planesOf(IDENTITY).axial;
const CORONAL = planesOf(IDENTITY).coronal;

function stroke(kind: "box" | "scribble" | "lasso", ...voxels: [number, number, number][]): Stroke {
  const [start, ...rest] = voxels;
  const made = new Stroke(kind, "axial", AXIAL, false, start as [number, number, number]);
  for (const voxel of rest) made.extend(voxel);
  return made;
}

describe("a stroke", () => {
  it("closes the gaps that a fast pointer leaves in a scribble", () => {
    expect(stroke("scribble", [2, 5, 5], [2, 5, 8], [2, 7, 8]).prompt).toEqual({
      kind: "scribble",
      voxels: [
        [2, 5, 5],
        [2, 5, 6],
        [2, 5, 7],
        [2, 5, 8],
        [2, 6, 8],
        [2, 7, 8],
      ],
    });
  });

  it("goes diagonally where that is the straight line", () => {
    expect(
      connected(
        [
          [2, 1, 1],
          [2, 3, 5],
        ],
        AXIAL,
      ),
    ).toEqual([
      [2, 1, 1],
      [2, 2, 2],
      [2, 2, 3],
      [2, 3, 4],
      [2, 3, 5],
    ]);
  });

  it("names each voxel once, even where it crosses itself", () => {
    expect(stroke("scribble", [2, 5, 5], [2, 5, 6], [2, 5, 5]).prompt.voxels).toEqual([
      [2, 5, 5],
      [2, 5, 6],
    ]);
  });

  it("stays in the plane in which it began", () => {
    const voxels = connected(
      [
        [1, 9, 4],
        [4, 9, 4],
      ],
      CORONAL,
    );
    expect(voxels).toEqual([
      [1, 9, 4],
      [2, 9, 4],
      [3, 9, 4],
      [4, 9, 4],
    ]);
  });

  it("means the corners where it began and ended as a box", () => {
    expect(stroke("box", [2, 8, 8], [2, 1, 9], [2, 3, 2]).prompt.voxels).toEqual([
      [2, 8, 8],
      [2, 3, 2],
    ]);
  });

  it("keeps the vertices of a lasso in order, and is a line where they enclose nothing", () => {
    expect(stroke("lasso", [2, 1, 1], [2, 1, 9], [2, 1, 9], [2, 9, 9]).prompt).toEqual({
      kind: "lasso",
      voxels: [
        [2, 1, 1],
        [2, 1, 9],
        [2, 9, 9],
      ],
    });
    expect(stroke("lasso", [2, 1, 1], [2, 1, 2]).prompt.kind).toBe("scribble");
  });
});
