import { describe, expect, it } from "vitest";
import { layOut } from "../geometry/layout";
import { planesOf } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import { PlaneLooks } from "./looks";

const PLANES = planesOf([
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 3, 0],
  [0, 0, 0, 1],
]);
const CROSSHAIR: Triple = [10, 30, 70];
const rects = layOut(900, 600, "three", "axial", "axial");
const made = () => new PlaneLooks(PLANES, [40, 100, 120], [3, 1, 1]);

describe("PlaneLooks", () => {
  it("gives linked planes the same scale and keeps the crosshair where it was", () => {
    const looks = made();
    const before = looks.views(rects);
    looks.zoom(before, "axial", { x: 100, y: 100 }, 3, CROSSHAIR);
    const after = looks.views(rects);
    const scale = (after.get("axial") as PlaneView).scale;
    for (const plane of ["coronal", "sagittal"] as const) {
      expect(after.get(plane)?.scale).toBeCloseTo(scale);
      const [was, is] = [before, after].map((views) => views.get(plane)?.pointOf(CROSSHAIR));
      expect(is?.x).toBeCloseTo(was?.x as number);
      expect(is?.y).toBeCloseTo(was?.y as number);
    }
  });

  it("leaves the others alone where they are not linked", () => {
    const looks = made();
    const before = looks.views(rects);
    looks.zoom(before, "axial", { x: 100, y: 100 }, 3, null);
    expect(looks.views(rects).get("coronal")?.scale).toBe(before.get("coronal")?.scale);
  });

  it("brings back the crosshair that leaves a pane, but not one that was not in it", () => {
    const looks = made();
    looks.zoom(looks.views(rects), "axial", { x: 288, y: 300 }, 8, null);
    looks.follow(looks.views(rects), [20, 50, 60], [20, 5, 5]);
    const { x, y } = (looks.views(rects).get("axial") as PlaneView).pointOf([20, 5, 5]);
    expect([x, y].map(Math.round)).toEqual([288, 300]);
    const moved = looks.views(rects);
    looks.follow(moved, [20, 90, 110], [20, 91, 110]);
    expect(looks.views(rects).get("axial")?.look).toEqual(moved.get("axial")?.look);
  });
});
