import { describe, expect, test } from "vitest";
import { LabelVolume } from "../volume/labelVolume";
import { PaintedVolume } from "./paintedVolume";
import { mayPaint } from "./paintRule";
import { codedRegion, decodedRegion, GrowingRegion } from "./region";

const NONE: ReadonlySet<number> = new Set();
const HELD = { axis: 0, slices: NONE };

function slice(z: number, ...labels: number[]) {
  return { z, row0: 0, col0: 0, rows: 1, cols: labels.length, labels: Uint8Array.from(labels) };
}

describe("what may be painted over", () => {
  test.each([
    ["everything", 1, 2, true],
    ["everything", 1, 0, true],
    ["everything", 1, 1, false],
    ["background", 1, 2, false],
    ["background", 1, 0, true],
    ["background", 0, 2, true],
    [2, 1, 2, true],
    [2, 1, 3, false],
    [2, 0, 2, true],
    [2, 0, 3, false],
  ] as const)("over %s with %i on a voxel of %i: %s", (over, value, here, may) => {
    expect(mayPaint({ value, over, spared: NONE, range: null, held: HELD }, here, 7)).toBe(may);
  });

  test("a locked label is spared whatever is painted over", () => {
    expect(mayPaint({ value: 1, over: "everything", spared: new Set([2]), range: null, held: HELD }, 2, 7)).toBe(false);
    expect(mayPaint({ value: 1, over: 2, spared: new Set([2]), range: null, held: HELD }, 2, 7)).toBe(false);
  });
});

test("a range leaves voxels of other values alone, and those that have not come in", () => {
  const rule = { value: 1, over: "everything", spared: NONE, range: { low: 10, high: 20 }, held: HELD } as const;
  expect([9, 10, 20, 21, null].map((intensity) => mayPaint(rule, 0, intensity))).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
});

describe("a region", () => {
  test("is the smallest box around its voxels", () => {
    const growing = new GrowingRegion([4, 5, 6]);
    expect(growing.region()).toBeNull();
    growing.add([1, 2, 3]);
    growing.add([1, 3, 5]);
    expect(growing.region()).toEqual({ low: [1, 2, 3], shape: [1, 2, 3], inside: Uint8Array.of(1, 0, 0, 0, 0, 1) });
  });

  test("comes back from the wire as it was", () => {
    const region = { low: [1, 2, 3], shape: [1, 2, 3], inside: Uint8Array.of(0, 1, 1, 0, 0, 1) } as const;
    expect(codedRegion(region).runs).toBe("AQICAQ==");
    expect(decodedRegion(codedRegion(region))).toEqual(region);
  });
});

describe("the labels on screen", () => {
  const painted = () => new PaintedVolume(new LabelVolume([2, 1, 4]), ([, , x]) => 10 * x);
  const row = ({ shown }: PaintedVolume, z: number) => [0, 1, 2, 3].map((x) => shown.at([z, 0, x]));

  test("show a stroke at once, and a slice that was computed before it does not wipe it away", () => {
    const volume = painted();
    volume.apply(0, slice(0, 2, 2, 2, 2));
    volume.begin({ value: 1, over: "everything", spared: NONE, range: null, held: HELD });
    volume.cover([0, 0, 1]);
    expect(row(volume, 0)).toEqual([2, 1, 2, 2]);
    volume.apply(0, slice(0, 3, 3, 3, 3));
    expect(row(volume, 0)).toEqual([3, 1, 3, 3]);
    volume.cover([0, 0, 2]);
    const stroke = volume.end()?.stroke;
    volume.setStrokes(stroke ? [stroke] : []);
    volume.apply(0, slice(0, 4, 4, 4, 4));
    expect(row(volume, 0)).toEqual([4, 1, 1, 4]);
  });

  test("are the server's again where a stroke has gone", () => {
    const volume = painted();
    volume.apply(0, slice(1, 2, 2, 2, 2));
    const gone = { label: 0, region: { low: [1, 0, 1], shape: [1, 1, 2], inside: Uint8Array.of(1, 1) } } as const;
    volume.setStrokes([gone]);
    expect(row(volume, 1)).toEqual([2, 0, 0, 2]);
    expect(volume.setStrokes([])).toEqual([{ low: [1, 0, 1], high: [2, 1, 3] }]);
    expect(row(volume, 1)).toEqual([2, 2, 2, 2]);
  });

  test("take nothing on a locked slice", () => {
    const volume = painted();
    volume.begin({ value: 1, over: "everything", spared: NONE, range: null, held: { axis: 0, slices: new Set([1]) } });
    expect([volume.cover([0, 0, 0]), volume.cover([1, 0, 0])]).toEqual([true, false]);
  });

  test("take only voxels in the range of values", () => {
    const volume = painted();
    volume.begin({ value: 1, over: "everything", spared: NONE, range: { low: 10, high: 20 }, held: HELD });
    for (const x of [0, 1, 2, 3]) volume.cover([0, 0, x]);
    volume.end();
    volume.begin({ value: 1, over: "everything", spared: NONE, range: { low: 10, high: 20 }, held: HELD });
    for (const x of [0, 1, 2, 3]) volume.cover([0, 0, x]);
    expect(row(volume, 0)).toEqual([0, 1, 1, 0]);
  });

  test("do not take what the rule forbids", () => {
    const volume = painted();
    volume.apply(0, slice(0, 2, 0, 3, 0));
    volume.begin({ value: 1, over: "background", spared: NONE, range: null, held: HELD });
    for (const x of [0, 1, 2, 3]) volume.cover([0, 0, x]);
    expect(volume.end()?.stroke.region.inside).toEqual(Uint8Array.of(1, 0, 1));
    expect(row(volume, 0)).toEqual([2, 0, 3, 0]);
  });
});
