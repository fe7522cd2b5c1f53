import { describe, expect, it } from "vitest";
import type { PlaneView, Triple } from "../geometry/planeView";
import { PlaneLooks } from "./looks";

const affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 3, 0],
  [0, 0, 0, 1],
];
const CROSSHAIR: Triple = [10, 30, 70];

function made(): PlaneLooks {
  const looks = new PlaneLooks({ shape: [40, 100, 120], spacing_mm: [3, 1, 1], affine }, 0);
  looks.arrange({ width: 900, height: 600 }, "three", "axial");
  return looks;
}

describe("PlaneLooks", () => {
  it("gives linked planes the same scale and keeps the crosshair where it was", () => {
    const looks = made();
    const before = looks.views;
    looks.zoom(100, 100, 3, CROSSHAIR);
    const scale = (looks.views.get("axial") as PlaneView).scale;
    expect(scale).toBeCloseTo(3 * (before.get("axial") as PlaneView).scale);
    for (const plane of ["coronal", "sagittal"] as const) {
      expect(looks.views.get(plane)?.scale).toBeCloseTo(scale);
      const [was, is] = [before, looks.views].map((views) => views.get(plane)?.pointOf(CROSSHAIR));
      expect(is?.x).toBeCloseTo(was?.x as number);
      expect(is?.y).toBeCloseTo(was?.y as number);
    }
  });

  it("leaves the others alone where they are not linked", () => {
    const looks = made();
    const before = looks.views.get("coronal")?.scale;
    looks.zoom(100, 100, 3, null);
    expect(looks.views.get("coronal")?.scale).toBe(before);
  });

  it("takes several gestures in one frame as one after the other", () => {
    const looks = made();
    const voxel = looks.voxelUnder(300, 200, CROSSHAIR);
    looks.pan(300, 200, 40, -30);
    looks.zoom(340, 170, 2, null);
    looks.zoom(340, 170, 1.5, null);
    expect(looks.views.get("axial")?.look.zoom).toBeCloseTo(3);
    expect(looks.voxelUnder(340, 170, CROSSHAIR)).toEqual(voxel);
  });

  it("brings back the crosshair that leaves a pane, but not one that was not in it", () => {
    const looks = made();
    looks.zoom(288, 300, 8, null);
    looks.follow([20, 50, 60], [20, 5, 5]);
    const { x, y } = (looks.views.get("axial") as PlaneView).pointOf([20, 5, 5]);
    expect([x, y].map(Math.round)).toEqual([288, 300]);
    const moved = looks.views.get("axial")?.look;
    looks.follow([20, 90, 110], [20, 91, 110]);
    expect(looks.views.get("axial")?.look).toEqual(moved);
  });
});
