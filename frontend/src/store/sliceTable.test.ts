import { describe, expect, test } from "vitest";
import { SliceTable } from "./sliceTable";
import { frame } from "./testing";

describe("a table of slices", () => {
  test("counts voxels by label and forgets those that a newer slice replaces", () => {
    const table = new SliceTable(3);
    table.accept(frame({ z: 0, labels: [1, 1, 2, 0] }));
    table.accept(frame({ z: 2, labels: [1, 0, 0, 0] }));
    expect(table.labelCounts()).toEqual({ 1: 3, 2: 1 });
    table.accept(frame({ z: 0, revision: 2, sequence: 5, labels: [2, 2, 2, 2] }));
    expect(table.labelCounts()).toEqual({ 1: 1, 2: 4 });
    expect(table.slicesWith(1)).toEqual([2]);
    expect(table.countAt(2)).toBe(1);
  });

  test("drops what is older, by revision before sequence", () => {
    const table = new SliceTable(1);
    expect(table.accept(frame({ z: 0, revision: 3, sequence: 8 }))).toBe(true);
    expect(table.accept(frame({ z: 0, revision: 2, sequence: 9 }))).toBe(false);
    expect(table.accept(frame({ z: 0, revision: 3, sequence: 8 }))).toBe(false);
    expect(table.accept(frame({ z: 0, revision: 3, sequence: 7 }))).toBe(false);
    expect(table.accept(frame({ z: 0, revision: 3, sequence: 9 }))).toBe(true);
  });

  test("refuses a slice beyond the volume", () => {
    expect(new SliceTable(2).accept(frame({ z: 2 }))).toBe(false);
  });
});
