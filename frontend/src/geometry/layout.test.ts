import { describe, expect, it } from "vitest";
import { layOut } from "./layout";

describe("layOut", () => {
  it("gives one pane everything", () => {
    expect([...layOut(800, 600, "one", "coronal", "axial")]).toEqual([
      ["coronal", { left: 0, top: 0, width: 800, height: 600 }],
    ]);
  });

  it("puts the large plane first and never 3D among three", () => {
    expect([...layOut(800, 600, "three", "sagittal", "axial").keys()]).toEqual(["sagittal", "axial", "coronal"]);
    expect([...layOut(800, 600, "three", "volume", "axial").keys()]).toEqual(["axial", "coronal", "sagittal"]);
  });

  it("covers the canvas with four panes that do not touch", () => {
    const panes = layOut(801, 601, "four", "axial", "axial");
    expect([...panes.keys()]).toEqual(["axial", "coronal", "sagittal", "volume"]);
    const rects = [...panes.values()];
    for (const [place, a] of rects.entries()) {
      for (const b of rects.slice(place + 1)) {
        const apart =
          a.left + a.width < b.left ||
          b.left + b.width < a.left ||
          a.top + a.height < b.top ||
          b.top + b.height < a.top;
        expect(apart).toBe(true);
      }
    }
    expect(Math.max(...rects.map(({ left, width }) => left + width))).toBe(801);
    expect(Math.max(...rects.map(({ top, height }) => top + height))).toBe(601);
  });
});
