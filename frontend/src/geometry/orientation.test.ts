import { describe, expect, it } from "vitest";
import { millimetres, nearestAxes, planesOf } from "./orientation";

const RAS = [
  [1, 0, 0, -10],
  [0, 2, 0, -20],
  [0, 0, 3, -30],
  [0, 0, 0, 1],
];
const LPS = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

describe("nearestAxes", () => {
  it("finds x, y and z in a volume that is stored towards right, anterior, superior", () => {
    expect(nearestAxes(RAS)).toEqual([
      { axis: 2, step: 1 },
      { axis: 1, step: 1 },
      { axis: 0, step: 1 },
    ]);
  });

  it("steps backwards along axes that are stored towards left and posterior", () => {
    expect(nearestAxes(LPS).map(({ step }) => step)).toEqual([-1, -1, 1]);
  });

  it("follows permuted axes", () => {
    const permuted = [
      [0, 0, 1, 0],
      [1, 0, 0, 0],
      [0, -1, 0, 0],
      [0, 0, 0, 1],
    ];
    expect(nearestAxes(permuted)).toEqual([
      { axis: 0, step: 1 },
      { axis: 2, step: 1 },
      { axis: 1, step: -1 },
    ]);
  });

  it("gives each world axis a storage axis of its own in an oblique volume", () => {
    const half = Math.SQRT1_2;
    const oblique = [
      [half, -half, 0, 0],
      [half, half, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    expect(new Set(nearestAxes(oblique).map(({ axis }) => axis)).size).toBe(3);
  });
});

describe("planesOf", () => {
  it("shows the patient's right on the left and the front on top of an axial slice", () => {
    const { axial } = planesOf(RAS);
    expect(axial.edges).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
    expect(axial.right).toEqual({ axis: 2, step: -1 });
    expect(axial.down).toEqual({ axis: 1, step: -1 });
    expect(axial.normal).toBe(0);
  });

  it("needs no turning for an axial slice of an LPS volume", () => {
    const { axial } = planesOf(LPS);
    expect(axial.right).toEqual({ axis: 2, step: 1 });
    expect(axial.down).toEqual({ axis: 1, step: 1 });
  });

  it("shows the face to the left and the head on top of a sagittal slice", () => {
    const { sagittal } = planesOf(RAS);
    expect(sagittal.edges).toEqual({ left: "A", right: "P", top: "S", bottom: "I" });
    expect(sagittal.right).toEqual({ axis: 1, step: -1 });
    expect(sagittal.normal).toBe(2);
  });
});

describe("millimetres", () => {
  it("maps a storage voxel (z, y, x) through the affine", () => {
    expect(millimetres(RAS, [1, 2, 3])).toEqual([-7, -16, -27]);
  });
});
