import { describe, expect, it } from "vitest";
import { PLAIN, ViewSettings } from "./viewSettings";

function storage(first: Record<string, string> = {}) {
  const kept = new Map(Object.entries(first));
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

describe("ViewSettings", () => {
  it("are remembered for each person apart, but for what is large", () => {
    const browser = storage();
    new ViewSettings(browser, 1, "axial").change({ layout: "four", colourMap: "hot", large: "sagittal" });
    expect(new ViewSettings(browser, 1, "coronal").style.value).toEqual({
      ...PLAIN,
      layout: "four",
      colourMap: "hot",
      large: "coronal",
    });
    expect(new ViewSettings(browser, 2, "axial").style.value).toEqual(PLAIN);
  });

  it("leave out what they do not know, and live without storage", () => {
    const browser = storage({ "s2v.view.1": JSON.stringify({ layout: "seven", slab_mm: -3, world: "LPS", x: 1 }) });
    expect(new ViewSettings(browser, 1, "axial").style.value).toEqual({ ...PLAIN, world: "LPS" });
    expect(new ViewSettings(storage({ "s2v.view.1": "{" }), 1, "axial").style.value).toEqual(PLAIN);
    expect(new ViewSettings(null, 1, "axial").style.value).toEqual(PLAIN);
  });

  it("step the slab's thickness between nothing and 80 mm", () => {
    const settings = new ViewSettings(null, 1, "axial");
    const seen = Array.from({ length: 8 }, () => {
      settings.stepThickness(1);
      return settings.style.value.slab_mm;
    });
    expect(seen).toEqual([2, 5, 10, 20, 40, 80, 80, 80]);
    settings.change({ slab_mm: 7 });
    settings.stepThickness(-1);
    expect(settings.style.value.slab_mm).toBe(5);
  });

  it("enlarge a pane in two steps and bring the others back in a third", () => {
    const settings = new ViewSettings(null, 1, "axial");
    const seen = [0, 1, 2].map(() => {
      settings.enlarge("coronal");
      const { layout, large } = settings.style.value;
      return [layout, large];
    });
    expect(seen).toEqual([
      ["three", "coronal"],
      ["one", "coronal"],
      ["three", "coronal"],
    ]);
  });
});
